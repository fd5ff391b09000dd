/**
 * Secrets that only their surroundings tell: passwords and tokens assigned to a name that says so, passwords in URLs,
 * `Authorization` values, and password hashes in the forms of crypt(3), PHC strings and PostgreSQL's pg_authid.
 * Precision comes first here: labels, types, placeholders, variables and calls are none, so a password that is one
 * plain word is found only where both name and value are quoted, as in JSON.
 */
import type { ByteString } from '../byte-string.ts';
import type { Detector } from '../detector.ts';
import { distinctBytes, startsWord } from '../text-edges.ts';

const KIND = 'credential';

const PLACEHOLDER =
  /^(?:string|text|required|optional|password|passwd|passwort|kennwort|contrase|secret|token|null|nil|none|true|false|undefined|empty|hidden|redacted|masked|example|value|varchar|char|input|changeit|todo|n\/a)|^(.)\1*$|^[*x.•-]+$|^\$\{|^\$\(|^\{\{|^<[^>]*>?$|^%[A-Z_]+%$|^\[?(?:redacted|masked)|^your[-_ ]|^my[-_ ]/i;

/** Names of a secret, and what may follow them inside one identifier. */
const SUFFIX =
  /(?:[_-]?(?:hash|digest|confirm(?:ation)?|old|new|prod|dev|test|key|value|plain|[0-9]{1,2}))?/iy;

/** From the end of a name to its value: the name's closing quote, a sign of assignment, the value's opening quote. */
const ASSIGN = /(\\?["'`]?)[ \t]{0,8}(?::=|=>|=|:)[ \t]{0,8}(?:[A-Za-z]{0,2}(\\?["'`]))?/y;
/** `PASSWORD 'x'`, `IDENTIFIED BY 'x'` of SQL. */
const SQL_ASSIGN = /[ \t]{1,8}(')/y;

const VALUE_BYTES_MAX = 512;
const QUOTED: Readonly<Record<string, RegExp>> = {
  '"': /[^"\r\n\\]{1,512}/y,
  "'": /[^'\r\n\\]{1,512}/y,
  '`': /[^`\r\n\\]{1,512}/y,
};
const UNQUOTED = /[A-Za-z0-9_+/=.~!@#$%^*?-]{6,512}/y;
const IDENTIFIER = /^[A-Za-z_$][\w$]*(?:[.-][A-Za-z_$][\w$]*)*$/;

/** A member of something: `exports.id_pkcs9`, `config.token2`. */
const MEMBER = /^[A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*)+$/;

interface Named {
  readonly names: readonly string[];
  /** Whether a value is a secret under this name. */
  readonly accepts: (value: string, quoted: boolean, keyed: boolean) => boolean;
}

const digitsIn = (value: string): number => value.replace(/[^0-9]/g, '').length;

/** Whether a text has the mixture of a random one: digits and letters, of both cases where digits are few. */
function isRandom(value: ByteString): boolean {
  const digits = digitsIn(value);
  if (digits === 0 || !/[A-Za-z]/.test(value) || distinctBytes(value, 0, value.length, 8) < 8) return false;
  return digits > 2 || (/[A-Z]/.test(value) && /[a-z]/.test(value));
}

const PASSWORDS: Named = {
  names: ['password', 'passwd', 'passphrase', 'pwd', 'passwort'],
  accepts: (value, quoted, keyed) => {
    if (value.length < 4 || /\s|^[./~]{1,2}\/|^\/|^[A-Za-z]:\\/.test(value)) return false;
    const words = /^[A-Z]?[a-z]+$/.test(value);
    if (quoted && keyed) return !/^[A-Z][a-z]+$/.test(value);
    if (quoted) return !words && !/^[A-Z_]+$/.test(value);
    if (value.length < 6 || words || value.startsWith('.') || MEMBER.test(value)) return false;
    return /[0-9!@#$%^*?]/.test(value) && !(IDENTIFIER.test(value) && digitsIn(value) === 0);
  },
};

const SECRETS: Named = {
  names: [
    'secret',
    'api_key',
    'apikey',
    'api-key',
    'access_token',
    'accesstoken',
    'auth_token',
    'authtoken',
    'refresh_token',
    'bearer_token',
    'private_key',
    'privatekey',
    'access_key',
    'accesskey',
    'token',
  ],
  accepts: (value, quoted) => {
    if (value.length < 16 || /\s/.test(value) || /^(?:https?:|\/|\.|ssh-|pk_)/.test(value)) return false;
    if (!quoted && (/^[a-z_.-]+[0-9]*$/i.test(value) || MEMBER.test(value))) return false;
    return isRandom(value);
  },
};

function assigned({ names, accepts }: Named): Detector[] {
  return names.map((name) => ({
    kind: KIND,
    anchors: [name],
    ignoreCase: true,
    could: (text, at) => isAssigned(text, at + name.length),
    judge: (text, at, report) => {
      const found = assignmentAt(text, at + name.length);
      if (found === undefined) return at;
      const { start, end, quoted, keyed } = found;
      const value = text.slice(start, end);
      if (PLACEHOLDER.test(value) || !accepts(value, quoted, keyed)) return at;
      report(KIND, name.replaceAll('-', '_'), start, end);
      return end;
    },
  }));
}

/** Whether the name is followed by a sign of assignment, whatever comes then. */
function isAssigned(text: ByteString, nameEnd: number): boolean {
  SUFFIX.lastIndex = nameEnd;
  SUFFIX.test(text);
  const from = Math.max(nameEnd, SUFFIX.lastIndex);
  ASSIGN.lastIndex = from;
  if (ASSIGN.test(text)) return true;
  SQL_ASSIGN.lastIndex = from;
  return SQL_ASSIGN.test(text);
}

interface Assignment {
  readonly start: number;
  readonly end: number;
  readonly quoted: boolean;
  /** The name was quoted too. */
  readonly keyed: boolean;
}

function assignmentAt(text: ByteString, nameEnd: number): Assignment | undefined {
  SUFFIX.lastIndex = nameEnd;
  SUFFIX.test(text);
  const from = Math.max(nameEnd, SUFFIX.lastIndex);
  ASSIGN.lastIndex = from;
  let match = ASSIGN.exec(text);
  let at = ASSIGN.lastIndex;
  if (match === null) {
    SQL_ASSIGN.lastIndex = from;
    match = SQL_ASSIGN.exec(text);
    if (match === null) return undefined;
    at = SQL_ASSIGN.lastIndex;
    match = [match[0], '', "'"] as unknown as RegExpExecArray;
  }
  const quote = (match[2] ?? '').slice(-1);
  const pattern = QUOTED[quote] ?? UNQUOTED;
  pattern.lastIndex = at;
  if (!pattern.test(text)) return undefined;
  const end = pattern.lastIndex;
  const next = text[end] ?? '';
  // A call, an index, the rest of a longer expression; a quoted value that does not end.
  if (quote === '' ? /[([{]/.test(next) : end - at >= VALUE_BYTES_MAX) return undefined;
  return { start: at, end, quoted: quote !== '', keyed: (match[1] ?? '') !== '' };
}

const USERINFO = /:\/\/[^\s/:@"'<>\\]{0,128}:([^\s/@"'<>\\]{3,256})@[A-Za-z0-9[]/y;

/** The password of a URL. */
const userinfo: Detector = {
  kind: KIND,
  anchors: ['://'],
  ignoreCase: false,
  followedBy: '@',
  could: (text, at) => {
    USERINFO.lastIndex = at;
    return USERINFO.test(text);
  },
  judge: (text, at, report) => {
    USERINFO.lastIndex = at;
    const match = USERINFO.exec(text);
    if (match === null) return at;
    const end = USERINFO.lastIndex - 2;
    const password = match[1] as string;
    if (!/^(?:\$|\{|<|\*+$|%[A-Z_]+%$|\[masked)/.test(password))
      report(KIND, 'url_password', end - password.length, end);
    return end;
  },
};

const BEARER = /[A-Za-z0-9._~+/=-]{16,4096}/y;

const bearer: Detector = {
  kind: KIND,
  anchors: ['bearer ', 'bearer%20'],
  ignoreCase: true,
  could: (text, at) => bearerAt(text, at).end >= 0,
  judge: (text, at, report) => {
    const { start, end } = bearerAt(text, at);
    if (end < 0 || !startsWord(text, at)) return at;
    if (!isRandom(text.slice(start, end))) return at;
    report(KIND, 'bearer', start, end);
    return end;
  },
};

function bearerAt(text: ByteString, at: number): { start: number; end: number } {
  const start = at + (text[at + 6] === ' ' ? 7 : 9);
  BEARER.lastIndex = start;
  return { start, end: BEARER.test(text) ? BEARER.lastIndex : -1 };
}

const BASIC = /[A-Za-z0-9+/]{8,1024}={0,2}/y;
const USER_PASSWORD = /^[\x20-\x7e\x80-\xff]{0,256}:[\x20-\x7e\x80-\xff]{1,256}$/;

const basic: Detector = {
  kind: KIND,
  anchors: ['basic '],
  ignoreCase: true,
  could: (text, at) => {
    BASIC.lastIndex = at + 6;
    return BASIC.test(text);
  },
  judge: (text, at, report) => {
    const start = at + 6;
    BASIC.lastIndex = start;
    if (!BASIC.test(text)) return at;
    const end = BASIC.lastIndex;
    const decoded = Buffer.from(text.slice(start, end), 'base64').toString('latin1');
    if (!USER_PASSWORD.test(decoded) || /[\x80-\xff]/.test(decoded.slice(0, 3))) return at;
    report(KIND, 'basic', start, end);
    return end;
  },
};

const HASHES: readonly (readonly [anchor: string, form: RegExp])[] = [
  ['$2', /\$2[abxy]?\$[0-9]{2}\$[./A-Za-z0-9]{53}/y],
  ['$argon2', /\$argon2(?:id|i|d)\$[A-Za-z0-9+/=,$.-]{40,512}/y],
  ['$scrypt$', /\$scrypt\$[A-Za-z0-9+/=,$.-]{40,512}/y],
  ['$pbkdf2', /\$pbkdf2(?:-sha[0-9]{1,3})?\$[A-Za-z0-9+/=,$.-]{40,512}/y],
  ['pbkdf2_sha', /pbkdf2_sha[0-9]{1,3}\$[0-9]{3,8}\$[A-Za-z0-9]{8,64}\$[A-Za-z0-9+/=]{20,128}/y],
  ['$6$', /\$6\$(?:rounds=[0-9]{3,9}\$)?[./A-Za-z0-9]{1,16}\$[./A-Za-z0-9]{86}/y],
  ['$5$', /\$5\$(?:rounds=[0-9]{3,9}\$)?[./A-Za-z0-9]{1,16}\$[./A-Za-z0-9]{43}/y],
  ['$1$', /\$1\$[./A-Za-z0-9]{1,8}\$[./A-Za-z0-9]{22}/y],
  ['$y$', /\$y\$[./A-Za-z0-9]{3,32}\$[./A-Za-z0-9]{4,64}\$[./A-Za-z0-9]{43}/y],
  [
    'SCRAM-SHA-256$',
    /SCRAM-SHA-256\$[0-9]{3,8}:[A-Za-z0-9+/=]{16,64}\$[A-Za-z0-9+/=]{44}:[A-Za-z0-9+/=]{44}/y,
  ],
];

const hashes: readonly Detector[] = HASHES.map(([anchor, form]) => ({
  kind: KIND,
  anchors: [anchor],
  ignoreCase: false,
  could: (text, at) => {
    form.lastIndex = at;
    return form.test(text);
  },
  judge: (text, at, report) => {
    form.lastIndex = at;
    if (!form.test(text)) return at;
    report(KIND, 'password_hash', at, form.lastIndex);
    return form.lastIndex;
  },
}));

const MD5 = /md5[0-9a-f]{32}/y;

/** How pg_authid keeps an MD5 password. */
const md5: Detector = {
  kind: KIND,
  anchors: ['md5'],
  ignoreCase: false,
  could: (text, at) => {
    MD5.lastIndex = at;
    return MD5.test(text);
  },
  judge: (text, at, report) => {
    MD5.lastIndex = at;
    if (!MD5.test(text) || !startsWord(text, at) || /[0-9A-Za-z]/.test(text[at + 35] ?? '')) return at;
    report(KIND, 'password_hash', at, at + 35);
    return at + 35;
  },
};

export const CREDENTIAL_DETECTORS: readonly Detector[] = [
  ...assigned(PASSWORDS),
  ...assigned(SECRETS),
  userinfo,
  bearer,
  basic,
  ...hashes,
  md5,
];
