import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, test } from 'vitest';
import { composeMasking } from '../compose-masking.ts';
import type { GatehouseConfig, MaskingConfig } from '../config/config.ts';
import { parseConfig } from '../config/load.ts';
import { fitsPattern } from '../domain/masking-rules.ts';
import { byteStringOfText, textOfByteString } from '../masking/byte-string.ts';
import type { Masker } from '../masking/masker.ts';
import { TEXT_TARGET } from '../masking/value-shape.ts';
import { clientEndpoints } from '../supervisor/endpoints.ts';
import { devConfigText } from './dev-config.ts';
import { maskingKeyFile } from './dev-places.ts';
import { keptSecret } from './kept-secret.ts';
import { samplePeople, sampleSecrets } from './sample-data.ts';

let directory: string;
let config: GatehouseConfig;
let masking: MaskingConfig;
let masker: Masker;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'gatehouse-dev-config-'));
  await keptSecret(maskingKeyFile(directory), 32);
  const text = devConfigText({
    ports: { gate: 1, sample: 2, apis: 6, sampleApi: 7, sampleMcp: 8, admin: 3, metrics: 4, console: 9 },
    issuer: 'http://127.0.0.1:5',
    audience: 'gatehouse',
    database: 'app',
    caFile: '/s/ca.crt',
    gateCertificate: { certificateFile: '/s/gate.crt', keyFile: '/s/gate.key' },
    passwordFiles: { app_developer: '/s/a', app_readonly: '/s/b', gatehouse_catalogue: '/s/c' },
    sampleApiTokenFile: '/s/d',
    sampleMcpTokenFile: '/s/e',
    maskingKeyFile: maskingKeyFile(directory),
    approvalsKeyFile: '/s/f',
    bundle: '/s/bundle',
    socketDirectory: undefined,
    workers: 1,
  });
  config = parseConfig(text, join(directory, 'gatehouse.yaml'), {
    cores: 1,
    runtimeDirectory: '/run/user/1',
  });
  ({ masking } = config);
  ({ masker } = await composeMasking(masking));
});
afterEach(() => rm(directory, { recursive: true }));

/** A value of a column of the sample as a developer sees it. */
function seen(table: string, column: string, value: string): string {
  const rule = masking.columns.find(
    (each) =>
      fitsPattern(each.schema, 'public') &&
      fitsPattern(each.table, table) &&
      fitsPattern(each.column, column),
  );
  const bytes = byteStringOfText(value);
  if (rule === undefined) {
    const outcome = masker.maskFound(bytes, TEXT_TARGET);
    return outcome.kind === 'replaced' ? textOfByteString(outcome.text) : value;
  }
  const mark = masker.prepareMark({ kind: rule.tag, style: rule.style }, TEXT_TARGET);
  const replacement = mark.constant ?? mark.apply(bytes);
  if (replacement.kind !== 'text') throw new Error(`${table}.${column} became ${replacement.kind}`);
  return textOfByteString(replacement.text);
}

describe('what the development stack marks', () => {
  it('leaves a developer something of each person, and no number', () => {
    for (const person of samplePeople()) {
      expect(seen('people', 'name', person.name)).toBe(person.name);
      expect(seen('people', 'email', person.email)).toMatch(/^[a-z]?\*\*\*@example\.(com|org|net)$/);
      expect(seen('people', 'phone', person.phone)).toMatch(/^\*{5}\d\d$/);
      expect(seen('people', 'card', person.card)).toBe(`****${person.card.slice(-4)}`);
      expect(seen('people', 'ssn', person.ssn)).toBe('[masked:us_ssn]');
    }
  });

  it('leaves a developer nothing of a secret', () => {
    for (const secret of sampleSecrets()) {
      for (const column of ['name', 'service', 'value'] as const)
        expect(seen('secrets', column, secret[column])).toBe('[masked:secret]');
    }
  });

  it('is not all: what people wrote into notes is found', () => {
    for (const { notes, phone, email, card } of samplePeople()) {
      const shown = seen('people', 'notes', notes);
      for (const value of [phone, email, card, card.replace(/(.{4})(?=.)/g, '$1 ')])
        expect(shown).not.toContain(value);
    }
  });
});

test('the development stack has an address for each of its samples', () => {
  expect(clientEndpoints(config)).toEqual({
    postgres: 'postgres://127.0.0.1:1/app',
    http: 'https://localhost:6',
    mcp: 'https://localhost:6/mcp',
  });
});

describe('a kept secret', () => {
  it('is made once, for this account alone, and stays', async () => {
    const file = join(directory, 'other.key');
    const made = await keptSecret(file, 32);
    expect(made).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(await keptSecret(file, 32)).toBe(made);
  });
});
