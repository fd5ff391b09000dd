/**
 * Credentials of cloud providers. Access key ids that are not secret by themselves (AWS, Alibaba) are found too: they
 * are half of a credential, and they show where its other half is. Forms from the providers' documentation, Microsoft's
 * published signatures of identifiable keys, and Gitleaks' rule list (v8.30).
 */
import type { ByteString } from '../byte-string.ts';
import type { Detector } from '../detector.ts';
import { type TokenRule, tokenDetectors } from '../prefixed-token.ts';
import { distinctBytes, isAlphanumeric } from '../text-edges.ts';

const KIND = 'cloud_token';
const WIDE = '[A-Za-z0-9_-]';

const AWS_ID: readonly TokenRule[] = ['AKIA', 'ASIA', 'ABIA', 'ACCA'].map((prefix) => ({
  rule: 'aws_access_key_id',
  prefix,
  body: '[A-Z0-9]{16}',
  endsWord: true,
}));

const AWS_SECRET = /[A-Za-z0-9+/]{40}/y;
const AWS_SECRET_GAP = /[^A-Za-z0-9+/\n]{1,12}(?:[A-Za-z_]{0,12}[^A-Za-z0-9+/\n]{1,8})?/y;

const isKeyByte = (code: number): boolean => isAlphanumeric(code) || code === 0x2b || code === 0x2f;

/** The secret after its name: `aws_secret_access_key = …`, `"SecretAccessKey": "…"`. */
const awsSecret: Detector = {
  kind: KIND,
  anchors: ['aws_secret', 'secretaccesskey', 'secret_access_key', 'awssecretkey', 'secret-access-key'],
  ignoreCase: true,
  could: () => true,
  judge: (text, at, report) => {
    let name = at;
    while (name < at + 40 && /[A-Za-z_-]/.test(text[name] ?? '')) name++;
    AWS_SECRET_GAP.lastIndex = name;
    if (!AWS_SECRET_GAP.test(text)) return at;
    const start = AWS_SECRET_GAP.lastIndex;
    AWS_SECRET.lastIndex = start;
    if (!AWS_SECRET.test(text) || isKeyByte(text.charCodeAt(start + 40))) return at;
    if (distinctBytes(text, start, start + 40, 10) < 10) return at;
    report(KIND, 'aws_secret_key', start, start + 40);
    return start + 40;
  },
};

const AFTER_ID = /[A-Z0-9]{16}[^A-Za-z0-9+/]{1,8}(?:[A-Za-z_ ]{0,32}[^A-Za-z0-9+/]{1,8})?/y;

/** The secret that stands right after its id, as in a CSV of keys. */
const awsPair: Detector = {
  kind: KIND,
  anchors: ['AKIA', 'ASIA'],
  ignoreCase: false,
  could: () => true,
  judge: (text, at, report) => {
    AFTER_ID.lastIndex = at + 4;
    if (!AFTER_ID.test(text)) return at;
    const start = AFTER_ID.lastIndex;
    AWS_SECRET.lastIndex = start;
    if (!AWS_SECRET.test(text) || isKeyByte(text.charCodeAt(start + 40))) return at;
    if (!isMixed(text, start, start + 40)) return at;
    report(KIND, 'aws_secret_key', start, start + 40);
    return start + 40;
  },
};

/** Whether the text has letters of both cases and digits, as a random key has and a path has not. */
function isMixed(text: ByteString, start: number, end: number): boolean {
  const key = text.slice(start, end);
  return /[a-z]/.test(key) && /[A-Z]/.test(key) && /[0-9]/.test(key);
}

/** A key with its issuer's signature inside: `before` bytes of base64, the signature, `after` bytes. */
function signedKey(rule: string, signature: string, before: number, after: number): Detector {
  const spanOf = (text: ByteString, at: number): number => {
    if (at < before || at + signature.length + after > text.length) return -1;
    for (let each = at - before; each < at; each++) if (!isKeyByte(text.charCodeAt(each))) return -1;
    for (let each = 0; each < after; each++) {
      if (!isKeyByte(text.charCodeAt(at + signature.length + each))) return -1;
    }
    return at + signature.length + after;
  };
  return {
    kind: KIND,
    anchors: [signature],
    ignoreCase: false,
    could: (text, at) => spanOf(text, at) >= 0,
    judge: (text, at, report) => {
      let end = spanOf(text, at);
      if (end < 0) return at;
      while (end < text.length && text[end] === '=') end++;
      report(KIND, rule, at - before, end);
      return end;
    },
  };
}

const AZURE_CLIENT = /[A-Za-z0-9_~.-]{31,34}/y;
const AZURE_CLIENT_BEFORE = /^[A-Za-z0-9_~.-]{3}[0-9]$/;

/** An Entra application's secret: three characters, a digit, `Q~`, and the rest. */
const azureClientSecret: Detector = {
  kind: KIND,
  anchors: ['Q~'],
  ignoreCase: false,
  could: (text, at) => azureClientEnd(text, at) >= 0,
  judge: (text, at, report) => {
    const end = azureClientEnd(text, at);
    if (end < 0) return at;
    report(KIND, 'azure_client_secret', at - 4, end);
    return end;
  },
};

function azureClientEnd(text: ByteString, at: number): number {
  if (at < 4 || !AZURE_CLIENT_BEFORE.test(text.slice(at - 4, at))) return -1;
  AZURE_CLIENT.lastIndex = at + 2;
  return AZURE_CLIENT.test(text) ? AZURE_CLIENT.lastIndex : -1;
}

/** A value after a name of Azure's: connection strings and the signature of a SAS. */
function named(rule: string, anchor: string, value: RegExp): Detector {
  return {
    kind: KIND,
    anchors: [anchor],
    ignoreCase: true,
    could: (text, at) => {
      value.lastIndex = at + anchor.length;
      return value.test(text);
    },
    judge: (text, at, report) => {
      const start = at + anchor.length;
      value.lastIndex = start;
      if (!value.test(text) || distinctBytes(text, start, value.lastIndex, 10) < 10) return at;
      const end = value.lastIndex;
      report(KIND, rule, start, end);
      return end;
    },
  };
}

const AZURE_KEY = /[A-Za-z0-9+/%]{40,130}={0,2}/y;

const GOOGLE: readonly TokenRule[] = [
  { rule: 'google_api_key', prefix: 'AIza', body: `${WIDE}{35}` },
  { rule: 'google_oauth_secret', prefix: 'GOCSPX-', body: `${WIDE}{20,40}` },
  { rule: 'google_access_token', prefix: 'ya29.', body: `[A-Za-z0-9_.-]{30,1024}` },
  { rule: 'google_refresh_token', prefix: '1//0', body: `${WIDE}{30,200}` },
  { rule: 'google_hmac_id', prefix: 'GOOG1E', body: '[A-Z0-9]{50,60}', endsWord: true },
];

const OTHERS: readonly TokenRule[] = [
  { rule: 'aws_bedrock', prefix: 'ABSK', body: '[A-Za-z0-9+/]{109,300}={0,2}' },
  { rule: 'aws_bedrock', prefix: 'bedrock-api-key-', body: '[A-Za-z0-9+/=_-]{32,4096}' },
  { rule: 'alibaba_access_key_id', prefix: 'LTAI', body: '[A-Za-z0-9]{16,26}', endsWord: true, distinct: 8 },
  { rule: 'tencent_secret_id', prefix: 'AKID', body: '[A-Za-z0-9]{32}', endsWord: true, distinct: 8 },
  { rule: 'digitalocean', prefix: 'dop_v1_', body: '[a-f0-9]{64}' },
  { rule: 'digitalocean', prefix: 'doo_v1_', body: '[a-f0-9]{64}' },
  { rule: 'digitalocean', prefix: 'dor_v1_', body: '[a-f0-9]{64}' },
  { rule: 'heroku', prefix: 'HRKU-', body: `${WIDE}{36,64}` },
  { rule: 'databricks', prefix: 'dapi', body: '[a-f0-9]{32}(?:-[0-9])?', endsWord: true },
  { rule: 'vault', prefix: 'hvs.', body: `${WIDE}{24,300}` },
  { rule: 'vault', prefix: 'hvb.', body: `${WIDE}{100,400}` },
  { rule: 'vault', prefix: 'hvr.', body: `${WIDE}{24,300}` },
  { rule: 'cloudflare_origin_ca', prefix: 'v1.0-', body: '[a-f0-9]{24}-[a-f0-9]{146}' },
  { rule: 'fly', prefix: 'fm2_', body: '[A-Za-z0-9+/]{100,1000}={0,3}' },
  { rule: 'fly', prefix: 'fo1_', body: `${WIDE}{43}` },
  { rule: 'pulumi', prefix: 'pul-', body: '[a-f0-9]{40}' },
  { rule: 'doppler', prefix: 'dp.', body: '(?:pt|st|ct|sa|scim|audit)\\.[A-Za-z0-9._-]{40,80}' },
  { rule: 'supabase', prefix: 'sbp_', body: '[a-f0-9]{40}' },
  { rule: 'supabase', prefix: 'sb_secret_', body: `${WIDE}{20,64}` },
  { rule: 'planetscale', prefix: 'pscale_', body: '(?:tkn|pw|oauth)_[A-Za-z0-9_=.-]{32,64}' },
  { rule: 'openshift', prefix: 'sha256~', body: `${WIDE}{43}` },
  { rule: 'yandex', prefix: 'AQVN', body: `${WIDE}{35,38}` },
  { rule: 'linode', prefix: 'lin_pat_', body: '[A-Za-z0-9]{40,80}' },
];

const TERRAFORM = /\.atlasv1\.[A-Za-z0-9_=-]{60,70}/y;

/** Terraform Cloud: fourteen characters stand before the anchor. */
const terraform: Detector = {
  kind: KIND,
  anchors: ['.atlasv1.'],
  ignoreCase: false,
  judge: (text, at, report) => {
    TERRAFORM.lastIndex = at;
    if (!TERRAFORM.test(text)) return at;
    const end = TERRAFORM.lastIndex;
    let start = at;
    while (start > 0 && start > at - 14 && isAlphanumeric(text.charCodeAt(start - 1))) start--;
    report(KIND, 'terraform', start, end);
    return end;
  },
};

export const CLOUD_TOKEN_DETECTORS: readonly Detector[] = [
  ...tokenDetectors(KIND, [...AWS_ID, ...GOOGLE, ...OTHERS]),
  awsSecret,
  awsPair,
  azureClientSecret,
  terraform,
  named('azure_storage_key', 'accountkey=', AZURE_KEY),
  named('azure_shared_access_key', 'sharedaccesskey=', AZURE_KEY),
  named('azure_sas', 'sig=', /[A-Za-z0-9+/%_-]{40,130}={0,2}/y),
  signedKey('azure_storage_key', '+ASt', 76, 6),
  signedKey('azure_batch_key', '+ABa', 76, 6),
  signedKey('azure_container_registry_key', '+ACR', 42, 6),
  signedKey('azure_cosmos_key', 'ACDb', 76, 6),
  signedKey('azure_api_management_key', 'APIM', 76, 6),
  signedKey('azure_devops_token', 'AZDO', 76, 4),
  signedKey('azure_key', 'JQQJ9', 52, 27),
];
