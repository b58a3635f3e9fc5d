// The samples of the docs: every fenced block of every page, and which test runs it.

import assert from 'node:assert/strict';
import { markdown, read } from './pages.mjs';

/** By language; a sample in another one has to say why nobody runs it. */
const RUN_BY = {
  sh: 'tests/e2e/docs.test.mjs',
  csv: 'tests/e2e/docs.test.mjs',
  json: 'tests/e2e/docs.test.mjs',
  toml: 'tests/e2e/docs.test.mjs',
  html: 'tests/browser/docs_samples.test.mjs',
  js: 'tests/browser/docs_samples.test.mjs',
  css: 'tests/browser/docs_samples.test.mjs',
  csp: 'tests/browser/docs_samples.test.mjs',
};

/** By what is in it: a program for a server is run by one, and a component by an application. */
const RUN_BY_TEXT = {
  "from 'node:": RUN_BY.sh,
  'stripe.checkout.': RUN_BY.sh,
  "from 'rockettracker/react'": 'tests/npm/package.test.mjs',
};

/**
 * `{ page, heading, language, text, runBy }` of each, in the order of the pages.
 */
export async function samples() {
  const found = [];
  for (const page of await markdown()) {
    let heading = '';
    let open;
    for (const line of (await read(page)).split('\n')) {
      const fence = line.match(/^\s*```\s*(.*)$/)?.[1];
      if (open && fence === '') open = found[found.push(described({ ...open, text: `${open.lines.join('\n')}\n` })) && undefined];
      else if (open) open.lines.push(line);
      else if (fence !== undefined) open = { page, heading, language: fence.split(/\s/)[0], lines: [] };
      else if (line.startsWith('#')) heading = line.replace(/^#+ /, '');
    }
    assert(!open, `${page}: a fence is not closed`);
  }
  return found;
}

function described({ page, heading, language, text }) {
  const special = Object.entries(RUN_BY_TEXT).find(([part]) => language === 'js' && text.includes(part));
  return { page, heading, language, text, runBy: special?.[1] ?? RUN_BY[language] };
}

/** Those that a test file has to run; `url` is its `import.meta.url`. */
export async function mine(url) {
  const own = (await samples()).filter(({ runBy }) => runBy && url.endsWith(runBy));
  assert(own.length > 0);
  return own;
}
