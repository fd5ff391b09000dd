/**
 * No file of this repository holds a sample of a key or token in one piece: whoever looks for live secrets in it, as
 * hosts of repositories do, would find it, and nobody could tell whether it is one. Samples are put together from parts.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { expect, test } from 'vitest';
import { byteStringOf } from '../ext-proc/masking/byte-string.ts';
import { createScanner } from '../ext-proc/masking/scanner.ts';

const ROOT = join(import.meta.dirname, '..');
const FOLDERS = ['bench', 'docs', 'envoy', 'ext-proc', 'policies-rego', 'protos', 'test'];
const TEXTS = /\.(?:ts|mjs|js|json|md|rego|yaml|yml|proto|sql|css|html|txt|sh)$/;

const files = FOLDERS.flatMap((folder) =>
  readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && TEXTS.test(entry.name) && !entry.parentPath.includes('node_modules'))
    .map(({ parentPath, name }) => join(parentPath, name)),
);
const scanner = createScanner({
  kinds: ['private_key', 'cloud_token', 'git_token', 'chat_token', 'api_key', 'jwt'],
});

test('no source holds a key or a token in one piece', () => {
  expect(files.length).toBeGreaterThan(400);
  const found = [...files, join(ROOT, 'README.md')].flatMap((file) => {
    const text = byteStringOf(readFileSync(file));
    return scanner.scan(text).map(({ rule, start }) => {
      return `${relative(ROOT, file)}:${text.slice(0, start).split('\n').length} ${rule}`;
    });
  });
  expect(found).toEqual([]);
});
