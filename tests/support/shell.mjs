// Runs a page's commands as a reader would: in one folder, with what it says to set. What would leave this machine is looked up instead of
// done: whether wrangler has the command, and `cargo xtask help` lists it. An export is really verified.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const ROOT = new URL('../..', import.meta.url).pathname;
const NODE = `${ROOT}node_modules/.bin/node`;

/** A command and its arguments: what each word stands for. */
const STANDINS = {
  git: `[ "$1" = clone ] && mkdir -p rockettracker`,
  npx: `[ "$1" = wrangler ] || { echo "no npx $*" >&2; exit 1; }
words=(); for word in "\${@:2}"; do case $word in -*|*.toml|rockettracker*|[A-Z]*) ;; *) words+=("$word");; esac; done
[ -t 0 ] || timeout 1 cat > /dev/null
help=$("${NODE}" "${ROOT}node_modules/wrangler/bin/wrangler.js" "\${words[@]}" --help 2>&1)
[[ $help == *"wrangler \${words[*]}"* ]] || { echo "wrangler has no \${words[*]}: $help" >&2; exit 1; }`,
  cargo: `[ "$1" = xtask ] || { echo "no cargo $*" >&2; exit 1; }
[ "$2" != verify ] || { file="$PWD/$3"; cd "${ROOT}"; exec "$CARGO_IS" xtask verify "$file"; }
help=$(cd "${ROOT}" && "$CARGO_IS" xtask help)
[[ $help == *"cargo xtask $2"* ]] || { echo "no $*" >&2; exit 1; }
for word in "\${@:3}"; do word=\${word//[][]/}; case $word in --?*) [[ $help == *"$word"* ]] || { echo "no $word" >&2; exit 1; };; esac; done`,
};

/** `run(text, env)` gives what was printed, each answer of a `curl` on a line; `folder` is where it ran, and `stop()` deletes it. */
export async function startShell() {
  const folder = await mkdtemp(join(tmpdir(), 'rockettracker-docs-'));
  const { stdout } = await promisify(execFile)('bash', ['-c', 'command -v cargo']);
  for (const [name, script] of Object.entries(STANDINS)) {
    const file = join(folder, `.${name}`);
    await writeFile(file, `#!/bin/bash\n${script}\n`);
    await chmod(file, 0o755);
  }
  const functions = Object.keys(STANDINS).map((name) => `${name}() { "${folder}/.${name}" "$@"; }`).join('\n');
  return {
    folder,
    async run(text, env) {
      const options = { env: { ...process.env, CARGO_IS: stdout.trim(), ...env }, cwd: folder };
      const curl = "curl() { command curl -sS --fail-with-body -w '\\n' \"$@\"; }";
      const done = await promisify(execFile)('bash', ['-ec', `set -o pipefail\n${curl}\n${functions}\n${text}`], options);
      return done.stdout;
    },
    stop: () => rm(folder, { recursive: true, force: true }),
  };
}

/** Each answer that a comment of a sample shows, with the number of the `curl` before it. */
export function answersShown(text) {
  const shown = [];
  let curls = -1;
  for (const line of text.split('\n')) {
    if (line.startsWith('curl ')) curls += 1;
    const json = line.match(/^# (\{.*\})/)?.[1];
    // `…` stands for what is left out.
    if (json) shown.push([curls, JSON.parse(json.replace(/,…(?=[}\]])/g, ''))]);
  }
  return shown;
}

/** What a sample shows is there, and of the same type; a text with `…` in it stands for any other. */
export function fitsSample(shown, real, what) {
  if (shown === null || typeof shown !== 'object') {
    const alike = real === null || typeof real === typeof shown;
    return assert(alike, `${what}: ${JSON.stringify(real)} where the sample has ${JSON.stringify(shown)}`);
  }
  assert(real !== null && typeof real === 'object' && Array.isArray(real) === Array.isArray(shown), `${what}: ${JSON.stringify(real)}`);
  for (const [name, value] of Object.entries(shown)) {
    assert(name in real, `${what} has no ${name}: ${JSON.stringify(real)}`);
    fitsSample(value, real[name], `${what}.${name}`);
  }
}
