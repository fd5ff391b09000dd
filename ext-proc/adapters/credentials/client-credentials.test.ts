import { createServer, type Server, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Log } from '../../domain/log.ts';
import { revealSecret, Secret } from '../../domain/secret.ts';
import { clientCredentialsToken, type TokenReader } from './client-credentials.ts';
import { createHttpCredentialSource } from './http-credential-source.ts';

/** A token endpoint (RFC 6749 section 3.2) that gives `t1`, `t2`, … until it is told to fail. */
let server: Server;
let tokenUrl: string;
let asked: { authorization: string | undefined; body: string }[];
let answer: { status: number; body: object };
let issued: number;
const said: string[] = [];
const log: Log = {
  debug() {},
  info() {},
  warn: (fields, message) => void said.push(`${message} ${JSON.stringify(fields)}`),
  error() {},
};
let nowMs: number;
const clock = { nowMs: () => nowMs, monotonicMs: () => nowMs };

beforeAll(async () => {
  server = createServer((request: IncomingMessage, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      asked.push({ authorization: request.headers.authorization, body });
      const { status } = answer;
      const given =
        status === 200 ? { token_type: 'Bearer', access_token: `t${++issued}`, ...answer.body } : answer.body;
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(given));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  tokenUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`;
});
afterAll(() => server.close());
beforeEach(() => {
  asked = [];
  answer = { status: 200, body: { expires_in: 3_600 } };
  issued = 0;
  nowMs = 1_000_000;
  said.splice(0);
});

const reader = (scope?: string): TokenReader =>
  clientCredentialsToken(
    { tokenUrl, clientId: 'gate', clientSecret: () => Promise.resolve(new Secret('very secret')), scope },
    { clock, log },
  );
const read = async (from: TokenReader): Promise<string> => revealSecret(await from.read());

describe('a token by client credentials', () => {
  it('is asked for once, whatever number of requests want it, and kept', async () => {
    const tokens = reader('orders.read');
    expect(await Promise.all([read(tokens), read(tokens), read(tokens)])).toEqual(['t1', 't1', 't1']);
    nowMs += 3_500_000;
    expect(await read(tokens)).toBe('t1');
    expect(asked).toHaveLength(1);
    expect(asked[0]?.body).toBe('scope=orders.read&grant_type=client_credentials');
    const basic = Buffer.from((asked[0]?.authorization ?? '').slice('Basic '.length), 'base64').toString();
    expect(basic).toBe('gate:very+secret');
  });

  it.each([
    [3_600, 3_540_000],
    [60, 54_000],
    [undefined, 54_000],
  ])('that is good for %s seconds is renewed after %i ms', async (seconds, renewedMs) => {
    answer.body = seconds === undefined ? {} : { expires_in: seconds };
    const tokens = reader();
    expect(await read(tokens)).toBe('t1');
    nowMs += renewedMs - 1;
    expect(await read(tokens)).toBe('t1');
    nowMs += 1;
    expect(await read(tokens)).toBe('t2');
  });

  it('that cannot be had is not asked for again within a second', async () => {
    answer = { status: 401, body: { error: 'invalid_client', error_description: 'very secret' } };
    const tokens = reader();
    const failed = { code: 'GH_CREDENTIAL_UNAVAILABLE' };
    await expect(tokens.read()).rejects.toMatchObject(failed);
    nowMs += 999;
    await expect(tokens.read()).rejects.toMatchObject(failed);
    expect(asked).toHaveLength(1);
    nowMs += 1;
    answer = { status: 200, body: {} };
    expect(await read(tokens)).toBe('t1');
    expect(said).toHaveLength(1);
    expect(said[0]).toContain('invalid_client');
    expect(said[0]).not.toContain('very secret');
  });

  it('is used to its end where it cannot be renewed', async () => {
    const tokens = reader();
    expect(await read(tokens)).toBe('t1');
    answer = { status: 503, body: {} };
    nowMs += 3_550_000;
    expect(await read(tokens)).toBe('t1');
    nowMs += 50_000;
    await expect(tokens.read()).rejects.toMatchObject({ code: 'GH_CREDENTIAL_UNAVAILABLE' });
  });

  it('that the upstream refuses is replaced once, and not at every refusal', async () => {
    const tokens = reader();
    expect(await read(tokens)).toBe('t1');
    nowMs += 5_000;
    tokens.forget();
    expect(await read(tokens)).toBe('t2');
    tokens.forget();
    tokens.forget();
    expect(await read(tokens)).toBe('t2');
    nowMs += 1_000;
    expect(await read(tokens)).toBe('t3');
    expect(asked).toHaveLength(3);
  });

  it('that is refused is not shown again where no other can be had', async () => {
    const tokens = reader();
    await read(tokens);
    answer = { status: 500, body: {} };
    nowMs += 5_000;
    tokens.forget();
    await expect(tokens.read()).rejects.toMatchObject({ code: 'GH_CREDENTIAL_UNAVAILABLE' });
  });
});

it('an upstream that refuses gets a token anew, once', async () => {
  process.env['GH_TEST_SECRET'] = 's';
  const credentials = createHttpCredentialSource({
    upstreams: [
      {
        name: 'api',
        credentials: [
          {
            groups: ['*'],
            kind: 'oauth',
            tokenUrl,
            clientId: 'gate',
            clientSecret: { env: 'GH_TEST_SECRET' },
            scope: undefined,
          },
        ],
      },
    ],
    clock,
    log,
  });
  const shown = async (): Promise<string> => {
    const found = await credentials.credentialFor('api', []);
    return found?.header === undefined ? '' : `${found.header.name} ${revealSecret(found.header.value)}`;
  };
  expect(await shown()).toBe('authorization Bearer t1');
  nowMs += 2_000;
  credentials.refused('elsewhere');
  expect(await shown()).toBe('authorization Bearer t1');
  credentials.refused('api');
  expect(await Promise.all([shown(), shown()])).toEqual(Array(2).fill('authorization Bearer t2'));
  expect(asked).toHaveLength(2);
});
