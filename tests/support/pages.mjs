// The docs as they are built, and as they are written.

import { readdir, readFile } from 'node:fs/promises';

const ROOT = new URL('../..', import.meta.url);
const BUILT = new URL('dist/docs/', ROOT);

export const read = (path) => readFile(new URL(path, ROOT), 'utf8');

/** The address of every page that the build makes of Markdown, the overview first. */
export async function addresses() {
  const names = await readdir(BUILT, { recursive: true });
  const pages = names.filter((name) => name.endsWith('index.html') && name !== 'api/index.html');
  return pages.map((name) => `/docs/${name.replace(/index\.html$/, '')}`).sort();
}

/** The path of every Markdown file in `docs/`. */
export async function markdown() {
  const names = await readdir(new URL('docs/', ROOT), { recursive: true });
  return names.filter((name) => name.endsWith('.md')).map((name) => `docs/${name}`).sort();
}
