/** Keys of services, made in their forms, and names, versions and placeholders that begin alike. */
import { alone, type Corpus, encoded, sample, surrounded, type TrueCase } from '../corpus/corpus.ts';
import { lookAlikes } from '../corpus/look-alikes.ts';
import { ordinaryTexts, uuid } from '../corpus/ordinary.ts';
import { ALPHANUMERIC, BASE64URL, LOWER, Random, UPPER } from '../corpus/random.ts';

const random = new Random(401);

export function apiKey(from: Random): string {
  const letters = UPPER + LOWER;
  return from.pick([
    () => `sk-ant-api03-${from.text(BASE64URL, 93)}AA`,
    () => `sk-proj-${from.text(BASE64URL, 74)}T3BlbkFJ${from.text(BASE64URL, 74)}`,
    () => `sk-${from.text(ALPHANUMERIC, 20)}T3BlbkFJ${from.text(ALPHANUMERIC, 20)}`,
    () => `sk-or-v1-${from.hex(64)}`,
    () => `sk-${from.hex(32)}`,
    () => `gsk_${from.text(ALPHANUMERIC, 52)}`,
    () => `xai-${from.text(ALPHANUMERIC, 80)}`,
    () => `hf_${from.text(letters, 34)}`,
    () => `sk_live_${from.text(ALPHANUMERIC, 24)}`,
    () => `rk_test_${from.text(ALPHANUMERIC, 99)}`,
    () => `whsec_${from.text(ALPHANUMERIC, 32)}`,
    () => `npm_${from.text(ALPHANUMERIC, 36)}`,
    () => `pypi-AgEIcHlwaS5vcmc${from.text(BASE64URL, 150)}`,
    () => `rubygems_${from.hex(48)}`,
    () => `SG.${from.text(BASE64URL, 22)}.${from.text(BASE64URL, 43)}`,
    () => `SK${from.hex(32)}`,
    () => `key-${from.hex(32)}`,
    () => `xkeysib-${from.hex(64)}-${from.text(ALPHANUMERIC, 16)}`,
    () => `dckr_pat_${from.text(BASE64URL, 27)}`,
    () => `glsa_${from.text(ALPHANUMERIC, 32)}_${from.hex(8)}`,
    () => `sntryu_${from.hex(64)}`,
    () => `NRAK-${from.text(`${UPPER}0123456789`, 27)}`,
    () => `shpat_${from.hex(32)}`,
    () => `lin_api_${from.text(ALPHANUMERIC, 40)}`,
    () => `PMAK-${from.hex(24)}-${from.hex(34)}`,
    () => `figd_${from.text(BASE64URL, 40)}`,
    () => `ntn_${from.digits(11)}${from.text(ALPHANUMERIC, 35)}`,
    () => `nvapi-${from.text(BASE64URL, 64)}`,
    () => `access-production-${uuid(from)}`,
    () => `EAAC${from.text(ALPHANUMERIC, 160)}`,
  ])();
}

/** Forms that the list above has not: each is made once. */
const OTHER_FORMS: readonly (() => string)[] = [
  () => `pplx-${random.text(ALPHANUMERIC, 48)}`,
  () => `r8_${random.text(ALPHANUMERIC, 37)}`,
  () => `api_org_${random.text(UPPER + LOWER, 34)}`,
  () => `sq0atp-${random.text(BASE64URL, 22)}`,
  () => `sq0csp-${random.text(BASE64URL, 43)}`,
  () => `access-sandbox-${uuid(random)}`,
  () => `FLWSECK_TEST-${random.hex(32)}-X`,
  () => `EZAK${random.text(ALPHANUMERIC, 54)}`,
  () => `oy2${random.text(`${LOWER}0123456789`, 43)}`,
  () => `CLOJARS_${random.text(`${LOWER}0123456789`, 60)}`,
  () => `AKCp${random.text(ALPHANUMERIC, 69)}`,
  () => `dt0c01.${random.text(`${UPPER}234567`, 24)}.${random.text(`${UPPER}234567`, 64)}`,
  () => `squ_${random.hex(40)}`,
  () => `API-${random.text(`${UPPER}0123456789`, 26)}`,
  () => `tskey-auth-${random.text(ALPHANUMERIC, 12)}-${random.text(ALPHANUMERIC, 32)}`,
  () => `phx_${random.text(ALPHANUMERIC, 47)}`,
  () => `sdk-${uuid(random)}`,
  () => `pnu_${random.text(ALPHANUMERIC, 36)}`,
  () => `ico-${random.text(ALPHANUMERIC, 32)}`,
  () => `ops_eyJ${random.text(BASE64URL, 300)}`,
  () => `rdme_${random.text(`${LOWER}0123456789`, 70)}`,
  () => `shippo_live_${random.hex(40)}`,
  () => `duffel_test_${random.text(BASE64URL, 43)}`,
  () => `tfp_${random.text(BASE64URL, 59)}`,
  () => `fio-u-${random.text(BASE64URL, 64)}`,
  () => `p8e-${random.text(ALPHANUMERIC, 32)}`,
  () => `glc_${random.text(ALPHANUMERIC, 120)}==`,
  () => `sntrys_${random.text(ALPHANUMERIC, 120)}`,
  () => `NRII-${random.text(BASE64URL, 32)}`,
  () => `xsmtpsib-${random.hex(64)}-${random.text(ALPHANUMERIC, 16)}`,
  () => `dckr_oat_${random.text(BASE64URL, 32)}`,
  () => `shpss_${random.hex(32)}`,
  () => `sk-svcacct-${random.text(BASE64URL, 74)}T3BlbkFJ${random.text(BASE64URL, 74)}`,
  () => `sk_prod_${random.text(ALPHANUMERIC, 99)}`,
];

const STRIPE = sample('sk_', 'test_', '4eC39HqLyjWDarjtT1zdp7dc');
const OPENAI = sample('sk-', 'abcdefghij0123456789', 'T3Blbk', 'FJ', 'abcdefghij0123456789');
const NPM = sample('npm', '_', 'aB3dE5fG7hI9jK1lM3nO5pQ7rS9tU1vW3xY5');

const byHand: readonly TrueCase[] = [
  alone(STRIPE),
  {
    text: `OPENAI_API_KEY=${OPENAI}`,
    secret: OPENAI,
  },
  {
    text: `//registry.npmjs.org/:_authToken=${NPM}`,
    secret: NPM,
  },
  {
    text: `curl -u ${STRIPE}: https://api.example.org`,
    secret: STRIPE,
  },
  { text: `"k\\n${STRIPE}"`, secret: STRIPE },
  { text: `?key=%20${STRIPE}`, secret: STRIPE },
];

const falseByHand: readonly string[] = [
  'sk-',
  'sk-learn and task-force',
  'disk-abcdefghijklmnopqrstuvwxyz0123456789',
  'sk-your-api-key-here',
  'sk-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx',
  'sk_live_xxxxxxxxxxxxxxxxxxxxxxxx',
  'sk_live_',
  'npm_config_registry',
  'npm_package_name=left-pad',
  'npm_lifecycle_event',
  'hf_transformers_cache_directory',
  'SKU12345',
  'SK2026',
  'API-2026-001',
  'API-ABCDEFGHIJ',
  'key-value store',
  'key-123',
  'api-550e8400',
  'SG.1',
  'xai-1',
  'A3-size paper',
  'EZAK',
  'p8e-1',
  'shpat_',
  'lin_api_version',
  'pk_live_4eC39HqLyjWDarjtT1zdp7dc is a publishable key',
  'oy2mate',
  'glc_constant',
  'tskey-auth',
  'cmVmd',
  'risk-adjusted-return-of-capital-0123456789abcdef',
  'cus_4eC39HqLyjWDarjtT1zdp7dc',
];

export const API_KEY_CORPUS: Corpus = {
  kind: 'api_key',
  trueCases: [
    ...byHand,
    ...Array.from({ length: 150 }, () => surrounded(random, apiKey(random))),
    ...Array.from({ length: 50 }, () => encoded(random, apiKey(random))),
    ...OTHER_FORMS.map((make) => surrounded(random, make())),
    ...OTHER_FORMS.slice(0, 10).map((make) => encoded(random, make())),
  ],
  falseCases: [
    ...falseByHand,
    ...Array.from(
      { length: 40 },
      () =>
        `${random.pick(['sk-', 'npm_', 'hf_', 'key-', 'api-', 'SG.'])}${random.text(LOWER, random.int(3, 12))}`,
    ),
    ...Array.from(
      { length: 40 },
      () => `${random.text(LOWER, 4)}${random.pick(['sk-', 'sk_'])}${random.text(LOWER, 40)}`,
    ),
    ...ordinaryTexts(9, 150),
    ...lookAlikes(random, 200),
  ],
  // Without a prefix or a name nothing tells a key from an identifier.
  unfound: [random.hex(32), uuid(random), random.text(ALPHANUMERIC, 40)].map(alone),
};
