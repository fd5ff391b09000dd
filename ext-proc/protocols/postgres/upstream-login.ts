/**
 * The gate's own login at a PostgreSQL server: a state machine from the startup packet to the first ReadyForQuery.
 * Owns which methods are taken and in what order messages may come; does no I/O. TLS, where there is any, is the
 * caller's, below this.
 * Specification: PostgreSQL 18, "Frontend/Backend Protocol", "Start-up" and "SASL Authentication".
 *
 * Refused whatever the configuration: GSSAPI, SSPI and Kerberos; `AuthenticationOk` in the middle of SCRAM (a server
 * that has not proved that it knows the password); a second request for a password (one answer is enough to give).
 * Texts of the server's errors may name the upstream user: they are for operators, not for agents (I7).
 */
import type { RandomBytes } from '../../domain/ids.ts';
import { revealSecret } from '../../domain/secret.ts';
import type { Secret } from '../../domain/secret.ts';
import {
  decodeAuthentication,
  decodeBackendKeyData,
  decodeErrorFields,
  decodeParameterStatus,
  decodeReadyForQuery,
} from './backend.ts';
import type { AuthenticationRequest, ErrorFields, TransactionStatus } from './backend.ts';
import { encodePassword, encodeSaslInitialResponse, encodeSaslResponse } from './frontend-encoders.ts';
import { md5Answer } from './md5.ts';
import { BACKEND } from './message-types.ts';
import { SCRAM_SHA_256, SCRAM_SHA_256_PLUS, ScramClient } from './scram.ts';
import type { Pbkdf2Sha256, ScramErrorCode } from './scram.ts';
import {
  CANCEL_KEY_BYTES_MAX,
  CANCEL_KEY_BYTES_MIN,
  decodeNegotiateProtocolVersion,
  encodeStartup,
} from './startup.ts';
import type { ChannelBinding } from './tls-server-end-point.ts';
import type { WireErrorCode } from './wire-errors.ts';

/** A login has some 15 parameters and no notice, as a rule. */
const PARAMETERS_MAX = 256;
const NOTICES_MAX = 64;
const NOTICE_BYTES_MAX = 65_536;

export type UpstreamLoginErrorCode =
  /** The server said no: see `serverError`. */
  | 'GH_PG_UPSTREAM_REFUSED'
  /** A message that has no place here, or is malformed. */
  | 'GH_PG_UPSTREAM_PROTOCOL'
  /** A method that the gate does not speak: GSSAPI, SSPI, Kerberos, an unknown SASL mechanism. */
  | 'GH_PG_UPSTREAM_METHOD'
  /** The server wants a password and none is configured. */
  | 'GH_PG_UPSTREAM_NO_PASSWORD'
  /** The server wants the password in clear and the connection is not encrypted. */
  | 'GH_PG_UPSTREAM_CLEARTEXT'
  /** The server wants an older protocol than 3.0, or one newer than was asked for. */
  | 'GH_PG_UPSTREAM_VERSION'
  /** More parameters or notices than any server has reason to send. */
  | 'GH_PG_UPSTREAM_LIMIT'
  | ScramErrorCode;

export interface UpstreamLoginOptions {
  readonly user: string;
  readonly password: Secret<string> | undefined;
  /** What the startup packet says besides the user: database, application_name and so on. */
  readonly parameters: ReadonlyMap<string, string>;
  /** 0 or 2; the server may ask for less. */
  readonly protocolMinor: number;
  /** From `tlsServerEndPoint`, where the connection is TLS and the certificate can be bound to. */
  readonly channelBinding: ChannelBinding | undefined;
  readonly tlsActive: boolean;
  /** Lets the password go in clear without TLS: for a socket within the machine. */
  readonly cleartextWithoutTls?: boolean;
  readonly randomBytes: RandomBytes;
  readonly pbkdf2: Pbkdf2Sha256;
}

export interface UpstreamReady {
  readonly kind: 'ready';
  /** What the server reported, last value of each. */
  readonly parameters: ReadonlyMap<string, string>;
  /** Absent where the server has no cancel keys (some poolers). */
  readonly backendKey: { readonly processId: number; readonly secretKey: Buffer } | undefined;
  readonly transactionStatus: TransactionStatus;
  /** The agreed minor version of protocol 3. */
  readonly protocolMinor: number;
  /** NoticeResponse messages as they came. */
  readonly notices: readonly Buffer[];
}

export interface UpstreamFailed {
  readonly kind: 'failed';
  readonly code: UpstreamLoginErrorCode;
  /** The server's ErrorResponse, with `GH_PG_UPSTREAM_REFUSED` only. */
  readonly serverError: ErrorFields | undefined;
  /** What was wrong with a malformed message, with `GH_PG_UPSTREAM_PROTOCOL`. */
  readonly wireError: WireErrorCode | undefined;
}

export type LoginStep =
  | { readonly kind: 'send'; readonly bytes: Buffer }
  | { readonly kind: 'continue' }
  | UpstreamReady
  | UpstreamFailed;

/**
 * - `asking`: the startup packet is out, no method was named yet
 * - `answered`: a password was sent; only yes or no may follow
 * - `scram_first`, `scram_final`: our first or final SCRAM message is out
 * - `scram_verified`: the server proved itself; only yes may follow
 * - `authenticated`: parameters, key and ready are to come
 * - `working`: an answer is being derived; nothing may be handed in
 * - `done`: ready or failed
 */
type LoginState =
  | 'asking'
  | 'answered'
  | 'scram_first'
  | 'scram_final'
  | 'scram_verified'
  | 'authenticated'
  | 'working'
  | 'done';

/** In which states each authentication message may come. */
const LEGAL: Readonly<Record<AuthenticationRequest['kind'], readonly LoginState[]>> = {
  ok: ['asking', 'answered', 'scram_verified'],
  cleartext_password: ['asking'],
  md5_password: ['asking'],
  sasl: ['asking'],
  sasl_continue: ['scram_first'],
  sasl_final: ['scram_final'],
  kerberos_v5: ['asking'],
  gss: ['asking'],
  gss_continue: ['asking'],
  sspi: ['asking'],
};

const CONTINUE: LoginStep = Object.freeze({ kind: 'continue' });

export class UpstreamLogin {
  readonly #options: UpstreamLoginOptions;
  #state: LoginState = 'asking';
  #protocolMinor: number;
  #negotiated = false;
  #scram: ScramClient | undefined;
  readonly #parameters = new Map<string, string>();
  #backendKey: { readonly processId: number; readonly secretKey: Buffer } | undefined;
  readonly #notices: Buffer[] = [];
  #noticeBytes = 0;

  constructor(options: UpstreamLoginOptions) {
    this.#options = options;
    this.#protocolMinor = options.protocolMinor;
  }

  /**
   * The startup packet.
   * @throws GatehouseError `GH_PG_ENCODE_NUL` where the user, the password or a parameter has a NUL in it.
   */
  start(): Buffer {
    const { user, password, parameters, protocolMinor } = this.#options;
    // Now, and not when the server asks: what is wrong with the configuration is said before a byte is sent.
    if (password !== undefined) encodePassword(revealSecret(password));
    const others = [...parameters].filter(([name]) => name !== 'user');
    return encodeStartup(protocolMinor, [['user', user], ...others]);
  }

  /**
   * What to do after a message of the server's: its type and exact span, in the order received. Where a promise comes
   * back, the next message waits for it. Never throws because of what the server sent; rejects only where `pbkdf2` does.
   */
  onMessage(type: number, wire: Buffer): LoginStep | Promise<LoginStep> {
    if (this.#state === 'working' || this.#state === 'done') return this.#fail('GH_PG_UPSTREAM_PROTOCOL');
    switch (type) {
      case BACKEND.Authentication:
        return this.#onAuthentication(wire);
      case BACKEND.ErrorResponse:
        return this.#onError(wire);
      case BACKEND.NoticeResponse:
        return this.#onNotice(wire);
      case BACKEND.NegotiateProtocolVersion:
        return this.#onNegotiate(wire);
      case BACKEND.ParameterStatus:
        return this.#onParameter(wire);
      case BACKEND.BackendKeyData:
        return this.#onBackendKey(wire);
      case BACKEND.ReadyForQuery:
        return this.#onReady(wire);
      default:
        return this.#fail('GH_PG_UPSTREAM_PROTOCOL');
    }
  }

  #onAuthentication(wire: Buffer): LoginStep | Promise<LoginStep> {
    const request = decodeAuthentication(wire);
    if (!request.ok) {
      // An unknown method is the one value that can be wrong here.
      return request.code === 'GH_PG_MESSAGE_VALUE'
        ? this.#fail('GH_PG_UPSTREAM_METHOD')
        : this.#malformed(request.code);
    }
    if (!LEGAL[request.kind].includes(this.#state)) return this.#fail('GH_PG_UPSTREAM_PROTOCOL');
    switch (request.kind) {
      case 'ok':
        this.#state = 'authenticated';
        return CONTINUE;
      case 'cleartext_password':
        return this.#onCleartext();
      case 'md5_password':
        return this.#onMd5(request.salt);
      case 'sasl':
        return this.#onSasl(request.mechanisms);
      case 'sasl_continue':
        return this.#onSaslContinue(request.data);
      case 'sasl_final':
        return this.#onSaslFinal(request.data);
      case 'kerberos_v5':
      case 'gss':
      case 'gss_continue':
      case 'sspi':
        return this.#fail('GH_PG_UPSTREAM_METHOD');
    }
  }

  #onCleartext(): LoginStep {
    const { password, tlsActive, cleartextWithoutTls } = this.#options;
    if (!tlsActive && cleartextWithoutTls !== true) return this.#fail('GH_PG_UPSTREAM_CLEARTEXT');
    if (password === undefined) return this.#fail('GH_PG_UPSTREAM_NO_PASSWORD');
    this.#state = 'answered';
    return { kind: 'send', bytes: encodePassword(revealSecret(password)) };
  }

  #onMd5(salt: Buffer): LoginStep {
    const { user, password } = this.#options;
    if (password === undefined) return this.#fail('GH_PG_UPSTREAM_NO_PASSWORD');
    let answer: string;
    try {
      answer = md5Answer(user, revealSecret(password), salt);
    } catch {
      // A crypto library in FIPS mode has no MD5.
      return this.#fail('GH_PG_UPSTREAM_METHOD');
    }
    this.#state = 'answered';
    return { kind: 'send', bytes: encodePassword(answer) };
  }

  #onSasl(mechanisms: readonly string[]): LoginStep {
    const { password, channelBinding, randomBytes, pbkdf2 } = this.#options;
    const plusOffered = mechanisms.includes(SCRAM_SHA_256_PLUS);
    const bind = plusOffered && channelBinding !== undefined;
    if (!bind && !mechanisms.includes(SCRAM_SHA_256)) return this.#fail('GH_PG_UPSTREAM_METHOD');
    if (password === undefined) return this.#fail('GH_PG_UPSTREAM_NO_PASSWORD');
    const scram = new ScramClient({
      password,
      channelBinding: bind ? channelBinding : undefined,
      bindingNotOffered: channelBinding !== undefined && !plusOffered,
      randomBytes,
      pbkdf2,
    });
    this.#scram = scram;
    this.#state = 'scram_first';
    return { kind: 'send', bytes: encodeSaslInitialResponse(scram.mechanism, scram.first()) };
  }

  async #onSaslContinue(data: Buffer): Promise<LoginStep> {
    this.#state = 'working';
    const final = await (this.#scram as ScramClient).final(data);
    if (!final.ok) return this.#fail(final.code);
    this.#state = 'scram_final';
    return { kind: 'send', bytes: encodeSaslResponse(final.value) };
  }

  #onSaslFinal(data: Buffer): LoginStep {
    const verified = (this.#scram as ScramClient).verify(data);
    if (!verified.ok) return this.#fail(verified.code);
    this.#state = 'scram_verified';
    return CONTINUE;
  }

  #onError(wire: Buffer): LoginStep {
    const error = decodeErrorFields(wire);
    return error.ok ? this.#fail('GH_PG_UPSTREAM_REFUSED', error.fields) : this.#malformed(error.code);
  }

  #onNotice(wire: Buffer): LoginStep {
    const notice = decodeErrorFields(wire);
    if (!notice.ok) return this.#malformed(notice.code);
    this.#noticeBytes += wire.length;
    if (this.#notices.length >= NOTICES_MAX || this.#noticeBytes > NOTICE_BYTES_MAX) {
      return this.#fail('GH_PG_UPSTREAM_LIMIT');
    }
    // A copy: the view would keep the whole chunk it came in.
    this.#notices.push(Buffer.from(wire));
    return CONTINUE;
  }

  /** At most once, before a method is named, and only downwards. We send no protocol options, so none can be unknown. */
  #onNegotiate(wire: Buffer): LoginStep {
    const negotiate = decodeNegotiateProtocolVersion(wire);
    if (!negotiate.ok) return this.#malformed(negotiate.code);
    if (this.#state !== 'asking' || this.#negotiated || negotiate.unknownOptions.length > 0) {
      return this.#fail('GH_PG_UPSTREAM_PROTOCOL');
    }
    if (
      negotiate.protocolMajor !== 3 ||
      negotiate.protocolMinor >= this.#protocolMinor ||
      negotiate.protocolMinor === 1 // there is no 3.1
    ) {
      return this.#fail('GH_PG_UPSTREAM_VERSION');
    }
    this.#negotiated = true;
    this.#protocolMinor = negotiate.protocolMinor;
    return CONTINUE;
  }

  #onParameter(wire: Buffer): LoginStep {
    if (this.#state !== 'authenticated') return this.#fail('GH_PG_UPSTREAM_PROTOCOL');
    const parameter = decodeParameterStatus(wire);
    if (!parameter.ok) return this.#malformed(parameter.code);
    if (this.#parameters.size >= PARAMETERS_MAX) return this.#fail('GH_PG_UPSTREAM_LIMIT');
    this.#parameters.set(parameter.name, parameter.value);
    return CONTINUE;
  }

  #onBackendKey(wire: Buffer): LoginStep {
    if (this.#state !== 'authenticated') return this.#fail('GH_PG_UPSTREAM_PROTOCOL');
    const key = decodeBackendKeyData(
      wire,
      this.#protocolMinor >= 2 ? CANCEL_KEY_BYTES_MAX : CANCEL_KEY_BYTES_MIN,
    );
    if (!key.ok) return this.#malformed(key.code);
    this.#backendKey = { processId: key.processId, secretKey: Buffer.from(key.secretKey) };
    return CONTINUE;
  }

  #onReady(wire: Buffer): LoginStep {
    if (this.#state !== 'authenticated') return this.#fail('GH_PG_UPSTREAM_PROTOCOL');
    const ready = decodeReadyForQuery(wire);
    if (!ready.ok) return this.#malformed(ready.code);
    this.#state = 'done';
    return {
      kind: 'ready',
      parameters: this.#parameters,
      backendKey: this.#backendKey,
      transactionStatus: ready.status,
      protocolMinor: this.#protocolMinor,
      notices: this.#notices,
    };
  }

  #malformed(code: WireErrorCode): LoginStep {
    return this.#fail('GH_PG_UPSTREAM_PROTOCOL', undefined, code);
  }

  #fail(code: UpstreamLoginErrorCode, serverError?: ErrorFields, wireError?: WireErrorCode): LoginStep {
    this.#state = 'done';
    return { kind: 'failed', code, serverError, wireError };
  }
}
