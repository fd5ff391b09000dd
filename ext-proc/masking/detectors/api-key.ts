/**
 * Keys of widespread services that can be told by their prefix. The forms are those of the issuers' own documentation
 * as far as public, and of Gitleaks' rule list (v8.30). Keys without a prefix of their own (a bare UUID, 32 hexadecimal
 * digits) are found only where a name says what they are: see credential.ts.
 */
import type { Detector } from '../detector.ts';
import { type TokenRule, tokenDetectors } from '../prefixed-token.ts';

const WORD = '[A-Za-z0-9]';
const WIDE = '[A-Za-z0-9_-]';

const AI: readonly TokenRule[] = [
  { rule: 'anthropic', prefix: 'sk-ant-', body: `${WIDE}{32,200}` },
  { rule: 'openai', prefix: 'sk-proj-', body: `${WIDE}{40,200}` },
  { rule: 'openai', prefix: 'sk-svcacct-', body: `${WIDE}{40,200}` },
  { rule: 'openai', prefix: 'sk-admin-', body: `${WIDE}{40,200}` },
  { rule: 'openrouter', prefix: 'sk-or-', body: `${WIDE}{32,200}` },
  { rule: 'secret_key', prefix: 'sk-', body: `${WORD}{32,128}`, distinct: 10 },
  { rule: 'groq', prefix: 'gsk_', body: `${WORD}{48,64}` },
  { rule: 'xai', prefix: 'xai-', body: `${WORD}{60,100}` },
  { rule: 'perplexity', prefix: 'pplx-', body: `${WORD}{40,64}` },
  { rule: 'replicate', prefix: 'r8_', body: `${WORD}{37,44}` },
  { rule: 'hugging_face', prefix: 'hf_', body: '[A-Za-z]{30,40}', distinct: 10 },
  { rule: 'hugging_face', prefix: 'api_org_', body: '[A-Za-z]{30,40}', distinct: 10 },
  { rule: 'nvidia', prefix: 'nvapi-', body: `${WIDE}{60,80}` },
];

const PAYMENT: readonly TokenRule[] = [
  ...['sk_live_', 'sk_test_', 'rk_live_', 'rk_test_', 'sk_prod_', 'rk_prod_'].map((prefix) => ({
    rule: 'stripe',
    prefix,
    body: `${WORD}{16,255}`,
  })),
  { rule: 'stripe_webhook', prefix: 'whsec_', body: '[A-Za-z0-9+/]{32,64}={0,2}' },
  { rule: 'square', prefix: 'sq0atp-', body: `${WIDE}{22,60}` },
  { rule: 'square', prefix: 'sq0csp-', body: `${WIDE}{40,60}` },
  { rule: 'plaid', prefix: 'access-production-', body: '[0-9a-f-]{36}' },
  { rule: 'plaid', prefix: 'access-sandbox-', body: '[0-9a-f-]{36}' },
  { rule: 'flutterwave', prefix: 'FLWSECK', body: '(?:_TEST)?-[A-Za-z0-9]{12,40}(?:-X)?' },
  { rule: 'easypost', prefix: 'EZAK', body: `${WORD}{54}`, endsWord: true },
  { rule: 'easypost', prefix: 'EZTK', body: `${WORD}{54}`, endsWord: true },
];

const PACKAGES: readonly TokenRule[] = [
  { rule: 'npm', prefix: 'npm_', body: `${WORD}{36,64}`, distinct: 10 },
  { rule: 'pypi', prefix: 'pypi-AgE', body: `${WIDE}{50,1000}`, startsWord: false },
  { rule: 'rubygems', prefix: 'rubygems_', body: '[a-f0-9]{48}' },
  { rule: 'nuget', prefix: 'oy2', body: '[a-z0-9]{43}', endsWord: true, distinct: 12 },
  { rule: 'clojars', prefix: 'CLOJARS_', body: '[a-z0-9]{60}' },
  { rule: 'docker', prefix: 'dckr_pat_', body: `${WIDE}{20,64}` },
  { rule: 'docker', prefix: 'dckr_oat_', body: `${WIDE}{20,64}` },
  { rule: 'artifactory', prefix: 'AKCp', body: `${WORD}{69}` },
  { rule: 'artifactory', prefix: 'cmVmd', body: `${WORD}{59}`, endsWord: true },
];

const MAIL_AND_PHONE: readonly TokenRule[] = [
  { rule: 'sendgrid', prefix: 'SG.', body: `${WIDE}{16,32}\\.${WIDE}{32,64}` },
  { rule: 'twilio', prefix: 'SK', body: '[0-9a-f]{32}', endsWord: true },
  { rule: 'mailgun', prefix: 'key-', body: '[0-9a-f]{32}', endsWord: true },
  { rule: 'brevo', prefix: 'xkeysib-', body: '[a-f0-9]{64}-[A-Za-z0-9]{16}' },
  { rule: 'brevo', prefix: 'xsmtpsib-', body: '[a-f0-9]{64}-[A-Za-z0-9]{16}' },
];

const OPERATIONS: readonly TokenRule[] = [
  { rule: 'dynatrace', prefix: 'dt0c01.', body: '[A-Z2-7]{24}\\.[A-Z2-7]{64}' },
  { rule: 'grafana', prefix: 'glsa_', body: '[A-Za-z0-9]{32}_[A-Fa-f0-9]{8}' },
  { rule: 'grafana', prefix: 'glc_', body: '[A-Za-z0-9+/]{32,400}={0,3}' },
  { rule: 'sentry', prefix: 'sntrys_', body: '[A-Za-z0-9+/=_-]{40,500}' },
  { rule: 'sentry', prefix: 'sntryu_', body: '[a-f0-9]{64}' },
  { rule: 'new_relic', prefix: 'NRAK-', body: '[A-Z0-9]{27}' },
  { rule: 'new_relic', prefix: 'NRII-', body: '[A-Za-z0-9_-]{32}' },
  { rule: 'sonar', prefix: 'squ_', body: '[a-f0-9]{40}' },
  { rule: 'sonar', prefix: 'sqp_', body: '[a-f0-9]{40}' },
  { rule: 'sonar', prefix: 'sqa_', body: '[a-f0-9]{40}' },
  { rule: 'octopus', prefix: 'API-', body: '[A-Z0-9]{26}', endsWord: true, distinct: 8 },
  { rule: 'tailscale', prefix: 'tskey-', body: '[a-z]{2,12}-[A-Za-z0-9]{8,32}-[A-Za-z0-9]{20,64}' },
  { rule: 'posthog', prefix: 'phx_', body: `${WORD}{40,64}` },
  {
    rule: 'launchdarkly',
    prefix: 'api-',
    body: '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}',
  },
  {
    rule: 'launchdarkly',
    prefix: 'sdk-',
    body: '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}',
  },
  { rule: 'prefect', prefix: 'pnu_', body: `${WORD}{36}` },
  { rule: 'infracost', prefix: 'ico-', body: `${WORD}{32}`, endsWord: true },
  { rule: 'onepassword', prefix: 'ops_eyJ', body: '[A-Za-z0-9+/_-]{200,2000}={0,3}' },
  {
    rule: 'onepassword',
    prefix: 'A3-',
    body: '[A-Z0-9]{6}-(?:[A-Z0-9]{11}|[A-Z0-9]{6}-[A-Z0-9]{5})(?:-[A-Z0-9]{5}){3}',
  },
];

const APPLICATIONS: readonly TokenRule[] = [
  ...['shpat_', 'shpca_', 'shppa_', 'shpss_', 'shptka_'].map((prefix) => ({
    rule: 'shopify',
    prefix,
    body: '[a-fA-F0-9]{32}',
  })),
  { rule: 'notion', prefix: 'ntn_', body: '[0-9]{11}[A-Za-z0-9]{35}' },
  { rule: 'linear', prefix: 'lin_api_', body: `${WORD}{40}` },
  { rule: 'linear', prefix: 'lin_oauth_', body: `${WORD}{40,80}` },
  { rule: 'figma', prefix: 'figd_', body: `${WIDE}{38,64}` },
  { rule: 'postman', prefix: 'PMAK-', body: '[a-f0-9]{24}-[a-f0-9]{34}' },
  { rule: 'readme', prefix: 'rdme_', body: '[a-z0-9]{64,72}' },
  { rule: 'shippo', prefix: 'shippo_', body: '(?:live|test)_[a-fA-F0-9]{40}' },
  { rule: 'duffel', prefix: 'duffel_', body: `(?:live|test)_${WIDE}{43}` },
  { rule: 'typeform', prefix: 'tfp_', body: '[A-Za-z0-9_.=-]{40,80}' },
  { rule: 'frameio', prefix: 'fio-u-', body: '[A-Za-z0-9_=-]{64}' },
  { rule: 'facebook', prefix: 'EAAC', body: `${WORD}{80,400}` },
  { rule: 'facebook', prefix: 'EAAM', body: `${WORD}{80,400}` },
  { rule: 'facebook', prefix: 'EAAG', body: `${WORD}{80,400}` },
  { rule: 'adobe', prefix: 'p8e-', body: '[A-Za-z0-9]{32}' },
];

export const API_KEY_DETECTORS: readonly Detector[] = tokenDetectors('api_key', [
  ...AI,
  ...PAYMENT,
  ...PACKAGES,
  ...MAIL_AND_PHONE,
  ...OPERATIONS,
  ...APPLICATIONS,
]);
