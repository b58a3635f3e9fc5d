// Firefox and WebKit, driven through WebDriver by the programs that `cargo xtask test` found.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { Builder } from 'selenium-webdriver';
import { freePort } from './port.mjs';

/** How each engine's driver is started, and what it is asked for; `session` may be empty where the driver knows its browser. */
const ENGINES = {
  firefox: {
    // Of its own accord geckodriver takes a fixed port for what is not used here.
    driver: (port) => [process.env.GECKODRIVER, '--port', String(port), '--websocket-port', '0'],
    session: () => ({ browserName: 'firefox', 'moz:firefoxOptions': { binary: process.env.FIREFOX, args: ['-headless'] } }),
  },
  webkit: {
    driver: (port) => [process.env.WEBKIT_DRIVER, `--port=${port}`],
    session: () => ({ browserName: 'MiniBrowser' }),
    // WebKitGTK has no headless mode.
    screen: true,
  },
};

/** Starts an engine: `{ driver, version, stop() }`, the driver being selenium's. */
export async function startEngine(name) {
  const engine = ENGINES[name];
  assert(engine, `ENGINE names no engine (${name}): run \`cargo xtask test\``);
  const port = await freePort();
  const started = [];
  const stop = () => started.toReversed().reduce((before, close) => before.then(close).catch(() => {}), Promise.resolve());
  try {
    const env = { ...process.env };
    if (engine.screen) {
      const screen = await startScreen();
      started.push(screen.stop);
      Object.assign(env, { DISPLAY: screen.display, GDK_BACKEND: 'x11' });
    }
    const server = start(engine.driver(port), env);
    started.push(server.stop);
    await server.until(() => fetch(`http://127.0.0.1:${port}/status`).then((response) => response.ok, () => false));

    // Told where the driver is, selenium looks for none, and fetches none.
    const session = new Builder().usingServer(`http://127.0.0.1:${port}`).withCapabilities(engine.session()).build();
    const driver = await server.within(60, session);
    started.push(() => driver.quit());
    await driver.manage().setTimeouts({ script: 30_000, pageLoad: 60_000 });
    return { driver, version: (await driver.getCapabilities()).getBrowserVersion(), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** A screen that nobody sees, under a number that nobody has. */
async function startScreen() {
  const screen = start([process.env.XVFB, '-displayfd', '3', '-nolisten', 'tcp', '-screen', '0', '1280x1024x24'], process.env);
  let number = '';
  screen.child.stdio[3].setEncoding('utf8').on('data', (text) => (number += text));
  await screen.until(() => number.endsWith('\n'));
  return { display: `:${number.trim()}`, stop: screen.stop };
}

function start([program, ...args], env) {
  assert(program, 'a program is not named: run `cargo xtask test`');
  const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of child.stdio.slice(1, 3)) stream.setEncoding('utf8').on('data', (text) => (said = (said + text).slice(-4_000)));
  let over;
  const ended = new Promise((resolve) => {
    child.once('exit', resolve);
    child.once('error', (error) => resolve(String(error)));
  }).then((how) => (over = `${program} has ended (${how})`));

  /** Fails where that takes too long or the program ends before. */
  const within = async (seconds, promise) => {
    let timer;
    const late = new Promise((resolve) => (timer = setTimeout(resolve, seconds * 1000, `${program}: not ready after ${seconds} s`)));
    const failed = Promise.race([late, ended]).then((why) => assert.fail(`${why}:\n${said}`));
    return Promise.race([promise, failed]).finally(() => clearTimeout(timer));
  };
  const until = (look) => within(30, (async () => {
    while (!over && !(await look())) await new Promise((resolve) => setTimeout(resolve, 50));
  })());
  return { child, within, until, stop: () => over || (child.kill(), ended) };
}
