/** docs/policy-authors.md is what an author has: the rules it lists must be those of the library. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parsePolicyManifest } from '../ext-proc/domain/policy-bundle.ts';
import { DEFAULT_BUNDLE } from '../test/support/policy.ts';

test('lists each rule with its severity and controls', async () => {
  const page = await readFile(join(import.meta.dirname, '../docs/policy-authors.md'), 'utf8');
  const listed = [
    ...page.matchAll(/^\| `((?:postgres|http|mcp)\.[a-z_.]+)`\s*\| (\w+)\s*\| ([A-Z0-9., ]+?)\s*\|/gm),
  ];
  const { rules } = parsePolicyManifest(await readFile(join(DEFAULT_BUNDLE, 'manifest.json'), 'utf8'));
  expect(listed.map(([, id, severity, controls]) => [id, severity, controls])).toEqual(
    rules.map(({ id, severity, controls }) => [id, severity, controls.join(', ')]),
  );
});
