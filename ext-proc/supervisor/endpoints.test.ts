import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { parseConfig } from '../config/load.ts';
import { clientEndpoints } from './endpoints.ts';

const machine = { cores: 1, runtimeDirectory: '/run/user/1' };

test('names the host of a route where it has one', async () => {
  const file = join(import.meta.dirname, '../../docs/gatehouse.example.yaml');
  const endpoints = clientEndpoints(parseConfig(await readFile(file, 'utf8'), file, machine));
  expect(endpoints.http).toBe('https://api.example.com:8443');
  expect(endpoints.mcp).toBe('https://tools.example.com:8443/mcp');
});
