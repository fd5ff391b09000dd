/** Tokens of Git hosts, made in their forms, and names and placeholders that only begin like one. */
import {
  alone,
  type Corpus,
  encoded,
  jsonEscaped,
  sample,
  surrounded,
  type TrueCase,
} from '../corpus/corpus.ts';
import { lookAlikes } from '../corpus/look-alikes.ts';
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

const GHP = sample('ghp', '_16C7e42F292c6912E7710c838347Ae178B4a');
const GLPAT = sample('glpat', '-abcDEF123456ghiJKL78');

/** Forms that the list above has not: each is made once. */
const OTHER_FORMS: readonly (() => string)[] = [
  () => `ghr_${random.text(ALPHANUMERIC, 76)}`,
  () => `ghu_${random.text(ALPHANUMERIC, 36)}`,
  () => `glrt-t1_${random.text(BASE64URL, 20)}`,
  () => `glrtr-${random.text(BASE64URL, 20)}`,
  () => `glwt-${random.text(BASE64URL, 20)}`,
  () => `ATCTT3${random.text(BASE64URL, 180)}`,
  () => `sgp_local_${random.hex(40)}`,
  () => `sgp_${random.hex(16)}_${random.hex(40)}`,
];

const byHand: readonly TrueCase[] = [
  ...[GHP, jsonEscaped(GHP), `${GHP}abc`].map(alone),
  { text: `x${GHP}`, secret: GHP },
  { text: `https://${GHP}@github.com/org/repository`, secret: GHP },
  { text: `https://x-access-token:${GHP}@github.com/o/r`, secret: GHP },
  {
    text: `git remote set-url origin https://oauth2:${GLPAT}@gitlab.example.org/o/r.git`,
    secret: GLPAT,
  },
  { text: `GITHUB_TOKEN=${GHP}\n`, secret: GHP },
  { text: `"env\\n${GHP}\\n"`, secret: GHP },
  { text: `Authorization: token ${GHP}`, secret: GHP },
  { text: `myco-${GLPAT}`, secret: GLPAT },
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
    ...OTHER_FORMS.map((make) => surrounded(random, make())),
    ...OTHER_FORMS.map((make) => encoded(random, make())),
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
    ...lookAlikes(random, 200),
  ],
  // GitHub's tokens until 2021 look like any SHA-1, Bitbucket's of old like any word.
  unfound: [random.hex(40), random.text(ALPHANUMERIC, 20)].map(alone),
};
