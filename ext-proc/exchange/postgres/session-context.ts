/**
 * What gives a statement its meaning in one session: who runs it, where, and under which settings. Owns the context
 * that policy, description and the action digest see, and counts its versions so that whatever was derived from an
 * older one is dropped.
 */
import type { NameContext } from '../../domain/ports.ts';
import type { PolicyPrincipal, PolicySession, PolicyUpstream } from '../../domain/policy-input.ts';
import { parseSearchPath } from '../../protocols/postgres/sql/identifiers.ts';
import type { Principal } from '../../domain/principal.ts';
import type { SessionId } from '../../domain/ids.ts';
import type { StatementDescription } from '../../domain/statement.ts';
import { textStyleOf } from '../../protocols/postgres/types/value-context.ts';
import type { TextStyle } from '../../protocols/postgres/types/base-type.ts';
import { SessionSettings } from './session-settings.ts';

export type TransactionState = 'idle' | 'in_transaction' | 'failed';

/** PostgreSQL's own words for "any bytes that are ASCII mean ASCII" with UTF-8 beyond it. */
const UTF8_ENCODINGS: ReadonlySet<string> = new Set(['UTF8', 'SQL_ASCII']);

export interface SessionIdentity {
  readonly sessionId: SessionId;
  readonly principal: Principal;
  readonly clientAddress: string;
  readonly upstreamName: string;
  readonly upstreamLabels: Readonly<Record<string, string>>;
  readonly database: string;
  readonly loginRole: string;
  readonly applicationName: string;
}

export class SessionContext {
  readonly identity: SessionIdentity;
  readonly policyPrincipal: PolicyPrincipal;
  readonly policyUpstream: PolicyUpstream;
  /** What it has set that code of the database may read. */
  readonly settings = new SessionSettings();
  #role: string;
  #searchPath: readonly string[] | undefined;
  #transaction: TransactionState = 'idle';
  #clientEncoding = 'UTF8';
  #standardConformingStrings = true;
  #lexingVaried = false;
  readonly #styles = new Map<string, string>();
  /** Settings that the server reports and that change what values in a text are. */
  readonly #valueSettings = new Map<string, string>();
  #textStyle: TextStyle | undefined;
  #version = 0;
  #policySession: PolicySession | undefined;
  #nameContext: NameContext | undefined;
  #temporaryNames: ReadonlySet<string> = NO_NAMES;
  #namesInFlux = false;

  constructor(identity: SessionIdentity) {
    this.identity = identity;
    this.#role = identity.loginRole;
    this.policyPrincipal = {
      subject: identity.principal.subject,
      on_behalf_of: identity.principal.onBehalfOf ?? '',
      issuer: identity.principal.issuer,
      groups: identity.principal.groups,
    };
    this.policyUpstream = {
      name: identity.upstreamName,
      protocol: 'postgres',
      labels: identity.upstreamLabels,
    };
  }

  /** Changes whenever anything here does. */
  get version(): number {
    return this.#version;
  }

  get role(): string {
    return this.#role;
  }

  get searchPath(): readonly string[] | undefined {
    return this.#searchPath;
  }

  get transaction(): TransactionState {
    return this.#transaction;
  }

  setTransaction(state: TransactionState): void {
    if (state === this.#transaction) return;
    this.#transaction = state;
    this.#changed();
  }

  /** What the server said of `search_path` and the role; undefined where it cannot be known now. */
  setNames(searchPath: string | undefined, role: string | undefined): void {
    const parsed = searchPath === undefined ? undefined : parseSearchPath(searchPath);
    const nextRole = role ?? this.#role;
    if (nextRole === this.#role && samePath(parsed, this.#searchPath)) return;
    this.#searchPath = parsed;
    this.#role = nextRole;
    this.#changed();
  }

  /**
   * Names that the session itself has made and the catalogue may not show; `inFlux` while unqualified names cannot be
   * resolved because of what an open transaction has defined.
   */
  setSessionNames(temporaryNames: ReadonlySet<string>, inFlux: boolean): void {
    if (temporaryNames === this.#temporaryNames && inFlux === this.#namesInFlux) return;
    this.#temporaryNames = temporaryNames;
    this.#namesInFlux = inFlux;
    this.#changed();
  }

  /** A statement is on its way to the server; `alone` as of `SessionSettings.forwarded`. */
  statementForwarded(description: StatementDescription, alone: boolean): void {
    if (this.settings.forwarded(description, alone)) this.#changed();
  }

  /** A ParameterStatus of the server's. */
  parameterChanged(name: string, value: string): void {
    if (VALUE_SETTINGS.has(name)) this.#valueSettings.set(name, value);
    switch (name) {
      case 'search_path':
        return this.setNames(value, undefined);
      case 'client_encoding':
        this.#clientEncoding = value.toUpperCase();
        if (!UTF8_ENCODINGS.has(this.#clientEncoding)) this.#lexingVaried = true;
        return;
      case 'standard_conforming_strings':
        this.#standardConformingStrings = value === 'on';
        if (value !== 'on') this.#lexingVaried = true;
        return;
      case 'DateStyle':
      case 'IntervalStyle':
        this.#styles.set(name, value);
        this.#textStyle = undefined;
        return;
    }
  }

  /** Settings under which the values of a text are read, as the server reports them: names and values, in order. */
  get valueSettings(): readonly string[] {
    return [...this.#valueSettings].map(([name, value]) => `${name}=${value}`).toSorted();
  }

  /** How values look as text; the same object as long as it is the same. */
  get textStyle(): TextStyle {
    return (this.#textStyle ??= textStyleOf(
      this.#styles.get('DateStyle'),
      this.#styles.get('IntervalStyle'),
    ));
  }

  /** Whether the server takes texts as UTF-8, or as they are. */
  get readsUtf8(): boolean {
    return UTF8_ENCODINGS.has(this.#clientEncoding);
  }

  /** As the server reports it, in upper case. */
  get clientEncoding(): string {
    return this.#clientEncoding;
  }

  /**
   * Whether the server may read the text otherwise once what is on its way to it is answered: the session has had an
   * encoding or a way of reading backslashes that a RESET, or an error in a transaction, can bring back.
   */
  lexingUncertain(text: string): boolean {
    // eslint-disable-next-line no-control-regex -- the ASCII range is what is meant
    return this.#lexingVaried && /[\\]|[^\x00-\x7f]/.test(text);
  }

  /**
   * Why the text could mean one thing here and another to the server, or undefined. The server reads bytes beyond
   * ASCII in the client's encoding, and backslashes in plain literals by `standard_conforming_strings`.
   */
  unsafeText(text: string): { code: string; sqlstate: string; publicMessage: string } | undefined {
    // eslint-disable-next-line no-control-regex -- the ASCII range is what is meant
    if (!UTF8_ENCODINGS.has(this.#clientEncoding) && /[^\x00-\x7f]/.test(text)) {
      return {
        code: 'GH_PG_ENCODING',
        sqlstate: '22021',
        publicMessage: 'statements beyond ASCII need client_encoding UTF8',
      };
    }
    if (!this.#standardConformingStrings && text.includes('\\')) {
      return {
        code: 'GH_SQL_UNSAFE_LEXING',
        sqlstate: '42501',
        publicMessage: 'statements with backslashes need standard_conforming_strings to be on',
      };
    }
    return undefined;
  }

  get policySession(): PolicySession {
    return (this.#policySession ??= {
      client_address: this.identity.clientAddress,
      database: this.identity.database,
      role: this.#role,
      search_path: this.#searchPath ?? null,
      transaction: this.#transaction,
      application_name: this.identity.applicationName,
    });
  }

  /** The same object as long as nothing in it changes: the describer's fast path goes by it. */
  get nameContext(): NameContext {
    return (this.#nameContext ??= {
      upstream: this.identity.upstreamName,
      database: this.identity.database,
      searchPath: this.#namesInFlux ? undefined : this.#searchPath,
      role: this.#role,
      temporaryNames: this.#temporaryNames,
    });
  }

  /** The same names with an unknown search path: for what follows a statement that may change it. */
  get unsettledNameContext(): NameContext {
    return { ...this.nameContext, searchPath: undefined };
  }

  #changed(): void {
    this.#version++;
    this.#policySession = undefined;
    this.#nameContext = undefined;
  }
}

const NO_NAMES: ReadonlySet<string> = new Set();
const VALUE_SETTINGS: ReadonlySet<string> = new Set([
  'DateStyle',
  'IntervalStyle',
  'TimeZone',
  'client_encoding',
  'standard_conforming_strings',
]);

function samePath(left: readonly string[] | undefined, right: readonly string[] | undefined): boolean {
  if (left === undefined || right === undefined) return left === right;
  return left.length === right.length && left.every((schema, index) => schema === right[index]);
}
