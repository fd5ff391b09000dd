/** A gate before a real PostgreSQL whose policy holds what a test says, with a reviewer beside it. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { copyBundle, changeBundle, HOLDS_BUNDLE } from './policy.ts';
import { startGatedPostgres, type GatedPostgres, type GatedPostgresOptions } from './gated-postgres.ts';
import { startReviewer, type TestReviewer } from './reviewer.ts';

const KEY_VARIABLE = 'GATEHOUSE_TEST_APPROVAL_KEY';
export const CONSOLE_URL = 'http://127.0.0.1:18599';

export const HOLD = {
  stage: 'action',
  requirements: [{ rule: 'held', groups: ['reviewers'], people: [], count: 1 }],
  deadline_s: 60,
  transaction_s: 30,
  use_within_s: 60,
  text: 'Look twice.',
} as const;

export interface HeldCase {
  readonly name: string;
  readonly reason: string;
  readonly verdict: 'deny' | 'hold';
  readonly verbs: readonly string[];
  readonly table?: string;
  readonly hold?: Readonly<Record<string, unknown>>;
  readonly obligations?: readonly unknown[];
}

export const held = (
  verbs: readonly string[],
  hold: Readonly<Record<string, unknown>> = {},
  more: Partial<HeldCase> = {},
): HeldCase => ({
  name: 'held',
  reason: 'A person looks at this first.',
  verdict: 'hold',
  verbs,
  hold: { ...HOLD, ...hold },
  ...more,
});

export interface HeldPostgres extends GatedPostgres {
  readonly reviewer: TestReviewer;
  /** Puts other cases in force, and waits until they are. */
  policy(cases: readonly HeldCase[], obligations?: readonly unknown[]): Promise<void>;
}

export interface HeldPostgresOptions extends GatedPostgresOptions {
  readonly noticeInterval?: string;
  readonly extraYaml?: string;
}

export async function startHeldPostgres(
  cases: readonly HeldCase[],
  options: HeldPostgresOptions = {},
): Promise<HeldPostgres> {
  process.env[KEY_VARIABLE] = 'k'.repeat(48);
  const bundle = await copyBundle(HOLDS_BUNDLE);
  let obligationsNow: readonly unknown[] = [];
  const put = (data: readonly HeldCase[], obligations: readonly unknown[]): Promise<void> =>
    changeBundle(bundle.folder, { data: { cases: data, obligations, rules: {} } });
  await put(cases, []);
  const side = await startGatedPostgres({
    ...options,
    gate: {
      bundle: join(bundle.folder, 'manifest.json'),
      extraYaml: `
approvals:
  key: { env: ${KEY_VARIABLE} }
  noticeInterval: ${options.noticeInterval ?? '30s'}
  console:
    address: 127.0.0.1:18599
    publicUrl: ${CONSOLE_URL}
    login: { issuer: '$ISSUER', clientId: console }
${options.extraYaml ?? ''}
`,
      ...options.gate,
    },
  });
  const { approvals } = side.gate.config;
  if (approvals === undefined) throw new Error('no approvals');
  const reviewer = await startReviewer(approvals);
  const reloads = async (): Promise<number> =>
    (await side.gate.records()).filter(
      (row) => row['action_kind'] === 'policy.reload' && row['outcome'] === 'ok',
    ).length;
  return {
    ...side,
    reviewer,
    async policy(data, obligations = obligationsNow) {
      obligationsNow = obligations;
      const before = await reloads();
      await put(data, obligations);
      for (let attempt = 0; attempt < 400; attempt++) {
        // The first worker records it; others are as quick.
        if ((await reloads()) > before) return await sleep((options.gate?.workers ?? 1) > 1 ? 500 : 0);
        await new Promise((resolve) => setTimeout(resolve, 25));
      }
      throw new Error('the policy was not reloaded');
    },
    stop: async () => {
      await reviewer.close();
      await side.stop();
      await bundle.dispose();
    },
  };
}
