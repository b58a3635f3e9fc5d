// Makes the picture that link previews show of a contest's page, www/widget/picture.png, of picture.svg. Run it after a change:
//
//   CHROMIUM=/usr/bin/chromium node widget/picture/make.mjs

import { readFile } from 'node:fs/promises';
import { chromium } from 'playwright-core';

const at = (path) => new URL(path, import.meta.url);

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ['--no-sandbox'] });
const page = await browser.newPage({ viewport: { width: 1200, height: 630 } });
await page.setContent(`<style>body { margin: 0 } svg { display: block }</style>${await readFile(at('picture.svg'), 'utf8')}`);
await page.screenshot({ path: at('../../www/widget/picture.png').pathname });
await browser.close();
