/**
 * The client's side of SCRAM-SHA-256 and SCRAM-SHA-256-PLUS, as PostgreSQL speaks it.
 * Owns the exchange's texts and proofs; refuses a server that changes the nonce, asks for unbounded work, uses an
 * extension, or cannot prove that it knows the password. Everything from the server is untrusted until `verify`.
 * Specification: RFC 5802, RFC 7677; RFC 5929 section 4 for the binding; RFC 4013 (SASLprep);
 * PostgreSQL 18, "SASL Authentication": the user name is empty, as the startup packet has it.
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { saslprep } from '@mongodb-js/saslprep';
import type { RandomBytes } from '../../domain/ids.ts';
import { revealSecret } from '../../domain/secret.ts';
import type { Secret } from '../../domain/secret.ts';
import { channelBindingData } from './tls-server-end-point.ts';
import type { ChannelBinding } from './tls-server-end-point.ts';

export const SCRAM_SHA_256 = 'SCRAM-SHA-256';
export const SCRAM_SHA_256_PLUS = 'SCRAM-SHA-256-PLUS';

/** Some 0.3 s of one core; PostgreSQL's default is 4,096. */
export const SCRAM_ITERATIONS_MAX = 1_000_000;

const NONCE_RANDOM_BYTES = 18;
const KEY_BYTES = 32;
const SERVER_MESSAGE_BYTES_MAX = 4096;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
/** RFC 5802 section 7: printable ASCII without the comma. */
const NONCE = /^[\x21-\x2b\x2d-\x7e]+$/;

/** PBKDF2-HMAC-SHA-256, handed in so that the work may be done on another thread. */
export type Pbkdf2Sha256 = (
  password: Uint8Array,
  salt: Uint8Array,
  iterations: number,
  keyBytes: number,
) => Promise<Uint8Array>;

export type ScramErrorCode =
  /** A server message that is not in the form of RFC 5802. */
  | 'GH_PG_SCRAM_FORM'
  /** The server's nonce does not go on from ours: an answer to somebody else's exchange. */
  | 'GH_PG_SCRAM_NONCE'
  | 'GH_PG_SCRAM_ITERATIONS'
  /** The server reported an error in its last message. */
  | 'GH_PG_SCRAM_REFUSED'
  /** The server does not know the password: it is not the one that it should be. */
  | 'GH_PG_SCRAM_SERVER_SIGNATURE';

export type ScramResult<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly code: ScramErrorCode };

export interface ScramOptions {
  readonly password: Secret<string>;
  /** With it the mechanism is SCRAM-SHA-256-PLUS. */
  readonly channelBinding: ChannelBinding | undefined;
  /** We could have bound but the server did not offer it; a server that did offer it sees the downgrade by this. */
  readonly bindingNotOffered: boolean;
  readonly randomBytes: RandomBytes;
  readonly pbkdf2: Pbkdf2Sha256;
}

export class ScramClient {
  readonly #options: ScramOptions;
  readonly #gs2Header: string;
  readonly #nonce: string;
  #expectedSignature: Buffer | undefined;

  constructor(options: ScramOptions) {
    this.#options = options;
    this.#gs2Header =
      options.channelBinding !== undefined
        ? 'p=tls-server-end-point,,'
        : options.bindingNotOffered
          ? 'y,,'
          : 'n,,';
    this.#nonce = Buffer.from(options.randomBytes(NONCE_RANDOM_BYTES)).toString('base64');
  }

  get mechanism(): typeof SCRAM_SHA_256 | typeof SCRAM_SHA_256_PLUS {
    return this.#options.channelBinding === undefined ? SCRAM_SHA_256 : SCRAM_SHA_256_PLUS;
  }

  /** `client-first-message`. */
  first(): Buffer {
    return Buffer.from(this.#gs2Header + this.#firstBare(), 'latin1');
  }

  #firstBare(): string {
    return `n=,r=${this.#nonce}`;
  }

  /** `client-final-message`, from the server's first. */
  async final(serverFirst: Uint8Array): Promise<ScramResult<Buffer>> {
    const read = readServerFirst(serverFirst, this.#nonce);
    if (!read.ok) return read;
    const { text, nonce, salt, iterations } = read.value;
    const { password, channelBinding, pbkdf2 } = this.#options;
    const salted = await pbkdf2(normalizedPassword(password), salt, iterations, KEY_BYTES);
    const clientKey = hmac(salted, 'Client Key');
    const storedKey = createHash('sha256').update(clientKey).digest();
    const binding = Buffer.concat([
      Buffer.from(this.#gs2Header, 'latin1'),
      channelBinding === undefined ? Buffer.alloc(0) : channelBindingData(channelBinding),
    ]).toString('base64');
    const withoutProof = `c=${binding},r=${nonce}`;
    const authMessage = `${this.#firstBare()},${text},${withoutProof}`;
    const proof = xor(clientKey, hmac(storedKey, authMessage));
    this.#expectedSignature = hmac(hmac(salted, 'Server Key'), authMessage);
    return { ok: true, value: Buffer.from(`${withoutProof},p=${proof.toString('base64')}`, 'latin1') };
  }

  /** Whether the server's last message proves that it knows the password. */
  verify(serverFinal: Uint8Array): ScramResult<true> {
    const text = ascii(serverFinal);
    if (text === undefined || this.#expectedSignature === undefined) return failure('GH_PG_SCRAM_FORM');
    if (text.startsWith('e=')) return failure('GH_PG_SCRAM_REFUSED');
    // Extensions may follow after a comma; none is known, and none may be needed to read the signature.
    const value = text.startsWith('v=') ? (text.slice(2).split(',', 1)[0] ?? '') : '';
    const signature = base64(value);
    if (signature === undefined || signature.length !== KEY_BYTES) return failure('GH_PG_SCRAM_FORM');
    if (!timingSafeEqual(signature, this.#expectedSignature)) return failure('GH_PG_SCRAM_SERVER_SIGNATURE');
    return { ok: true, value: true };
  }
}

interface ServerFirst {
  readonly text: string;
  readonly nonce: string;
  readonly salt: Buffer;
  readonly iterations: number;
}

/** RFC 5802 section 7, `server-first-message`: nonce, salt, iteration count, in this order. */
function readServerFirst(bytes: Uint8Array, clientNonce: string): ScramResult<ServerFirst> {
  const text = ascii(bytes);
  if (text === undefined) return failure('GH_PG_SCRAM_FORM');
  const [r = '', s = '', i = ''] = text.split(',');
  if (!r.startsWith('r=') || !s.startsWith('s=') || !i.startsWith('i=')) return failure('GH_PG_SCRAM_FORM');
  const nonce = r.slice(2);
  if (!NONCE.test(nonce)) return failure('GH_PG_SCRAM_FORM');
  if (!nonce.startsWith(clientNonce) || nonce.length === clientNonce.length)
    return failure('GH_PG_SCRAM_NONCE');
  const salt = base64(s.slice(2));
  if (salt === undefined || salt.length === 0) return failure('GH_PG_SCRAM_FORM');
  if (!/^[1-9][0-9]{0,9}$/.test(i.slice(2))) return failure('GH_PG_SCRAM_ITERATIONS');
  const iterations = Number(i.slice(2));
  if (iterations > SCRAM_ITERATIONS_MAX) return failure('GH_PG_SCRAM_ITERATIONS');
  return { ok: true, value: { text, nonce, salt, iterations } };
}

/** As libpq does it: SASLprep, and the password as it is where SASLprep does not take it. */
function normalizedPassword(password: Secret<string>): Buffer {
  const raw = revealSecret(password);
  let prepared: string;
  try {
    prepared = saslprep(raw);
  } catch {
    prepared = raw;
  }
  return Buffer.from(prepared === '' ? raw : prepared, 'utf8');
}

function ascii(bytes: Uint8Array): string | undefined {
  if (bytes.length > SERVER_MESSAGE_BYTES_MAX || bytes.some((byte) => byte < 0x20 || byte > 0x7e)) {
    return undefined;
  }
  return Buffer.from(bytes).toString('latin1');
}

function base64(text: string): Buffer | undefined {
  return BASE64.test(text) ? Buffer.from(text, 'base64') : undefined;
}

function hmac(key: Uint8Array, text: string): Buffer {
  return createHmac('sha256', key).update(text, 'latin1').digest();
}

function xor(left: Buffer, right: Buffer): Buffer {
  return Buffer.from(left.map((byte, index) => byte ^ (right[index] as number)));
}

function failure(code: ScramErrorCode): { readonly ok: false; readonly code: ScramErrorCode } {
  return { ok: false, code };
}
