/** Tokens of Git hosts, made in their forms, and names and placeholders that only begin like one. */
import { alone, type Corpus, encoded, jsonEscaped, surrounded, type TrueCase } from '../corpus/corpus.ts';
import { ordinaryTexts } from '../corpus/ordinary.ts';
import { ALPHANUMERIC, BASE64URL, Random } from '../corpus/random.ts';

const random = new Random(36);

export function gitToken(from: Random): string {
  const gitlab = [
    'glpat-',
    'gldt-',
    'glrt-',
    'glft-',
    'glsoat-',
    'glagent-',
    'glffct-',
    'glimt-',
    'GR1348941',
    'gloas-',
  ];
  return from.pick([
    () => from.pick(['ghp_', 'gho_', 'ghu_', 'ghs_', 'ghr_']) + from.text(ALPHANUMERIC, 36),
    () => `github_pat_${from.text(ALPHANUMERIC, 22)}_${from.text(ALPHANUMERIC, 59)}`,
    () => `ghs_${from.text(ALPHANUMERIC, 40)}.${from.text(BASE64URL, 200)}.${from.text(BASE64URL, 86)}`,
    () => from.pick(gitlab) + from.text(BASE64URL, 24),
    () =>
      `glpat-${from.text(BASE64URL, 40)}.${from.text('0123456789abcdef', 2)}.${from.text('0123456789abcdef', 9)}`,
    () => `glptt-${from.hex(40)}`,
    () => `glcbt-${from.hex(2)}_${from.text(ALPHANUMERIC, 20)}`,
    () => `ATATT3${from.text(BASE64URL, 186)}`,
    () => `ATBB${from.text(ALPHANUMERIC, 32)}`,
    () => `sgp_${from.hex(40)}`,
  ])();
}

const GHP = 'ghp_16C7e42F292c6912E7710c838347Ae178B4a';

const byHand: readonly TrueCase[] = [
  ...[GHP, jsonEscaped(GHP), `${GHP}abc`].map(alone),
  { text: `x${GHP}`, secret: GHP },
  { text: `https://${GHP}@github.com/org/repository`, secret: GHP },
  { text: `https://x-access-token:${GHP}@github.com/o/r`, secret: GHP },
  {
    text: `git remote set-url origin https://oauth2:glpat-abcDEF123456ghiJKL78@gitlab.example.org/o/r.git`,
    secret: 'glpat-abcDEF123456ghiJKL78',
  },
  { text: `GITHUB_TOKEN=${GHP}\n`, secret: GHP },
  { text: `"env\\n${GHP}\\n"`, secret: GHP },
  { text: `Authorization: token ${GHP}`, secret: GHP },
  { text: `myco-glpat-abcDEF123456ghiJKL78`, secret: 'glpat-abcDEF123456ghiJKL78' },
];

const falseByHand: readonly string[] = [
  'ghp_',
  'ghp_short',
  'ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx',
  'ghp_000000000000000000000000000000000000',
  'ghp_********************************',
  'github_pat_xxx',
  'github_pat_11AAAAAAA',
  'glpat-',
  'glpat-xxxxxxxxxxxxxxxxxxxx',
  'glpat-<your-token-here>',
  'the prefix ghp_ is of personal tokens, gho_ of OAuth',
  'ghs_ is a prefix',
  'ATBB stands for something',
  'ATBB-123456789012345678901234567890',
  'high_ghost_writer',
  'eighp_thing',
  'glrt-runner',
  'sgp_local',
  'GR1348941',
  'gldt-aaaaaaaaaaaaaaaaaaaa',
];

export const GIT_TOKEN_CORPUS: Corpus = {
  kind: 'git_token',
  trueCases: [
    ...byHand,
    ...Array.from({ length: 100 }, () => surrounded(random, gitToken(random))),
    ...Array.from({ length: 40 }, () => encoded(random, gitToken(random))),
  ],
  falseCases: [
    ...falseByHand,
    ...Array.from(
      { length: 40 },
      () =>
        random.pick(['ghp_', 'gho_', 'ghs_', 'glpat-', 'glrt-']) +
        random.text(ALPHANUMERIC, random.int(1, 18)),
    ),
    ...ordinaryTexts(6, 150),
  ],
};
