/** A gate for tests of what walks through it: real masking, everything else as a test says. */
import type { HoldTerms } from '../../domain/approvals/hold-terms.ts';
import type { DecidedRecord, EndedRecord, Receipt } from '../../domain/audit-event.ts';
import type { Decision, Obligation } from '../../domain/decision.ts';
import type { FieldMarkRule } from '../../domain/field-rules.ts';
import { Secret } from '../../domain/secret.ts';
import { BUILT_IN_KINDS } from '../../masking/finding.ts';
import { createMasker, type Masker } from '../../masking/masker.ts';
import { createScanner } from '../../masking/scanner.ts';
import { pathTemplates } from '../../protocols/http/path-templates.ts';
import type { HttpGate, HttpMasking, HttpRoute } from './http-gate.ts';
import type { GateReply, HttpWire } from './http-wire.ts';

const maskerOf = (kinds: readonly string[]): Masker =>
  createMasker({ scanner: createScanner({ kinds: BUILT_IN_KINDS.filter((kind) => kinds.includes(kind)) }) });

export const testMasking: HttpMasking = {
  version: '1',
  masker: maskerOf(BUILT_IN_KINDS),
  maskerWithout: (revealed) =>
    maskerOf(BUILT_IN_KINDS.filter((kind) => !revealed.includes('*') && !revealed.includes(kind))),
  hiding: (masker) => masker,
  tags: { seal: (opaque) => opaque, open: (sealed) => sealed },
};

export const testRoute = (
  options: Partial<Omit<HttpRoute, 'upstream'>> & {
    readonly fields?: readonly FieldMarkRule[];
    readonly withheldHeaders?: readonly string[];
  } = {},
): HttpRoute => ({
  name: 'main/api',
  prefix: '/',
  inspection: 'full',
  ...options,
  upstream: {
    name: 'api',
    protocol: 'http',
    labels: { env: 'dev' },
    templates: pathTemplates(['/people/{id}']),
    withheldHeaders: new Set(options.withheldHeaders),
    fields: options.fields ?? [],
  },
});

export const allowing = (...obligations: readonly Obligation[]): Decision => ({
  verdict: 'allow',
  rule: 'default',
  reason: 'nothing forbids it',
  obligations,
  reportOnly: [],
  bundleHash: 'b'.repeat(64),
});

/** What one reviewer of a group may let through within a minute. */
export const TEST_TERMS: HoldTerms = {
  mode: undefined,
  stage: 'action',
  requirements: [{ rule: 'r', groups: ['g'], people: [], count: 1 }],
  deadlineMs: 60_000,
  transactionMs: 1,
  useWithinMs: 60_000,
  text: '',
  grant: undefined,
  breakGlassGroups: [],
};

export interface TestHttpGate extends Omit<HttpGate, 'masking'> {
  readonly records: (DecidedRecord | EndedRecord)[];
  /** While false records wait; those that wait are appended when it is true again. */
  appending(on: boolean): void;
  failAppends(on: boolean): void;
  decide: () => Decision;
  masking: HttpMasking;
}

export function testHttpGate(route: HttpRoute = testRoute()): TestHttpGate {
  const records: (DecidedRecord | EndedRecord)[] = [];
  let waiting: (() => void)[] | undefined;
  let isFailing = false;
  const gate: TestHttpGate = {
    records,
    appending(on) {
      const released = waiting ?? [];
      waiting = on ? undefined : released;
      if (on) for (const release of released) release();
    },
    failAppends: (on) => void (isFailing = on),
    decide: () => allowing({ kind: 'pass_unreadable', direction: 'both' }),
    clock: { nowMs: () => 1_764_000_000_000, monotonicMs: () => 0 },
    random: (length) => new Uint8Array(length),
    policy: {
      bundleHash: 'b'.repeat(64),
      decide: () => gate.decide(),
      dependsOn: () => true,
    },
    verifier: {
      verify: () =>
        Promise.resolve({
          ok: true,
          identity: {
            principal: { subject: 'agent:test', onBehalfOf: undefined, issuer: 'i', groups: ['developers'] },
            expiresAtMs: Number.MAX_SAFE_INTEGER,
          },
        } as unknown as Awaited<ReturnType<HttpGate['verifier']['verify']>>),
    },
    credentials: {
      credentialFor: () =>
        Promise.resolve({ header: { name: 'authorization', value: new Secret('Bearer own') } }),
      refused: () => undefined,
    },
    masking: testMasking,
    state: { isBlocked: () => false, toolDefinition: () => undefined } as unknown as HttpGate['state'],
    journal: {
      append: async (record) => {
        if (isFailing) throw new Error('disk full');
        if (waiting !== undefined) await new Promise<void>((resolve) => waiting?.push(resolve));
        records.push(record as DecidedRecord);
        return {} as Receipt;
      },
    } as HttpGate['journal'],
    metrics: {
      sessionOpened() {},
      sessionClosed() {},
      decided() {},
      stage() {},
      refused() {},
    },
    refusedConnections: { refused() {}, flush: () => Promise.resolve(), close: () => Promise.resolve() },
    approvals: undefined,
    progress: undefined,
    log: { debug() {}, info() {}, warn() {}, error() {} },
    routes: new Map([[route.name, route]]),
    issuers: ['https://issuer.example.com'],
    mcpSessions: { seal: () => undefined, open: () => ({ ok: true, upstreamSessionId: '' }) },
    toolSchemas: { remember: () => undefined, judge: () => 'unknown' } as unknown as HttpGate['toolSchemas'],
    live: new Set(),
    waiting: { bytes: 0 },
  };
  return gate;
}

/** What a walk did with its wire, in order, one line a call. */
export interface TestWire extends HttpWire {
  readonly calls: string[];
  readonly replies: GateReply[];
}

export function testWire(): TestWire {
  const calls: string[] = [];
  const replies: GateReply[] = [];
  const sent =
    (to: string) =>
    (pieces: readonly Buffer[], end: boolean): void =>
      void calls.push(`${to} ${Buffer.concat(pieces).toString()}${end ? ' end' : ''}`);
  return {
    calls,
    replies,
    continueHeaders: (direction) => void calls.push(`${direction} headers`),
    continueTrailers: (direction, { remove }) => void calls.push(`${direction} trailers -${remove.join()}`),
    sendUpstream: sent('upstream'),
    sendDownstream: sent('downstream'),
    hold: () => undefined,
    narrow: () => undefined,
    abort: (reason) => void calls.push(`abort ${reason}`),
    reply(reply) {
      replies.push(reply);
      calls.push(`reply ${reply.status} ${reply.details}`);
    },
  };
}
