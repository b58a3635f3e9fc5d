// A certificate for servers on this machine, made anew by each run: nothing secret lies in the repository.

import { createHash, X509Certificate } from 'node:crypto';
import { generate } from 'selfsigned';

const { private: key, cert } = await generate([{ name: 'commonName', value: 'localhost' }], { keyType: 'ec', algorithm: 'sha256' });

/** For `node:https` and `node:http2`. */
export const certificate = { key, cert };

const spki = new X509Certificate(cert).publicKey.export({ type: 'spki', format: 'der' });

/** Chromium takes it for a good one under any name, and so caches and reuses connections as ever. */
export const TRUSTED = `--ignore-certificate-errors-spki-list=${createHash('sha256').update(spki).digest('base64')}`;
