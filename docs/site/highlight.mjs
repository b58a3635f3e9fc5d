// Colours the samples in the file that is named: `[[language, text], …]`; writes their HTML, with classes, as a list.

import { readFileSync } from 'node:fs';
import hljs from 'highlight.js/lib/common';

const NAMES = { sh: 'bash', html: 'xml' };

const coloured = ([language, text]) => {
  const name = NAMES[language] ?? language;
  const { value } = hljs.highlight(text, { language: hljs.getLanguage(name) ? name : 'plaintext', ignoreIllegals: true });
  return value;
};

process.stdout.write(JSON.stringify(JSON.parse(readFileSync(process.argv[2], 'utf8')).map(coloured)));
