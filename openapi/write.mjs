// Writes the document into the file that is named.

import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { argv } from 'node:process';
import { document } from './document.mjs';

const [, , file] = argv;
mkdirSync(dirname(file), { recursive: true });
writeFileSync(file, `${JSON.stringify(document)}\n`);
