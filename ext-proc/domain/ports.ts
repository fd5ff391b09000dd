/**
 * What the walk needs of the outside, in the walk's own words. Adapters implement these; `compose.ts` wires them.
 */
import type { Decision } from './decision.ts';
import type { SessionId } from './ids.ts';
import type { ColumnName, ColumnSource } from './lineage.ts';
import type { PolicyInput } from './policy-input.ts';
import type { VerifiedIdentity } from './principal.ts';
import type { Secret } from './secret.ts';
import type { DescribedStatement } from './statement.ts';

/** Rego, evaluated. Synchronous: V8 runs the Wasm in some 25 µs, and a hop would cost more. */
export interface PolicyEngine {
  /** SHA-256, hex, of the bundle in force. Changes at a hot reload, between two decisions, never within one. */
  readonly bundleHash: string;
  /** Never throws: an engine failure, an undefined or malformed decision is a denial (I2). */
  decide(input: PolicyInput): Decision;
  /**
   * Whether decisions depend on the named part of the input (`action.parameters`, `action.statement.text`,
   * `session.transaction` …), as the bundle's own analysis says; true where unknown. It lets a caller reuse a
   * decision only where policy cannot tell the two inputs apart.
   */
  dependsOn(path: string): boolean;
}

export type TokenVerdict =
  | { readonly ok: true; readonly identity: VerifiedIdentity }
  /** `code` for example `GH_TOKEN_EXPIRED`; `publicMessage` says what to do next and never echoes the token. */
  | { readonly ok: false; readonly code: string; readonly publicMessage: string };

export interface TokenVerifier {
  /** Never throws; an issuer that cannot be reached and is not cached is `ok: false` (no fail-open). */
  verify(token: Secret<string>): Promise<TokenVerdict>;
}

export interface UpstreamCredential {
  readonly user: string;
  readonly password: Secret<string> | undefined;
}

export interface CredentialSource {
  /** The first credential of the upstream whose groups the principal has; undefined where none fits. */
  credentialFor(upstream: string, groups: readonly string[]): Promise<UpstreamCredential | undefined>;
}

/** What an HTTP upstream is shown of the gate; undefined `header` where it asks for nothing. */
export interface HttpCredential {
  readonly header: { readonly name: string; readonly value: Secret<string> } | undefined;
}

export interface HttpCredentialSource {
  /**
   * The first credential of the upstream whose groups the principal has; undefined where none fits. Rejects with
   * GH_CREDENTIAL_UNAVAILABLE where it cannot be had; its message names the source and never a value.
   */
  credentialFor(upstream: string, groups: readonly string[]): Promise<HttpCredential | undefined>;
  /** The upstream has refused one: what was kept of it is asked for anew. */
  refused(upstream: string): void;
}

export type DescribeResult =
  | { readonly ok: true; readonly statements: readonly DescribedStatement[] }
  /** The parser refused the text: the caller may pass it on only as an unknown statement. `code` is stable. */
  | { readonly ok: false; readonly code: string; readonly statements: readonly DescribedStatement[] };

/** How names are resolved for one session at one moment. */
export interface NameContext {
  readonly upstream: string;
  readonly database: string;
  /** Undefined where the gate cannot know it: unqualified names are then unresolved. */
  readonly searchPath: readonly string[] | undefined;
  readonly role: string;
  /**
   * Unqualified names of relations that this session made or renamed and the catalogue may not show: temporary ones,
   * and those of an open transaction. They hide tables, so they are unresolved. Undefined where nobody keeps count:
   * then a name that any session uses for a temporary relation is unresolved. Kept by
   * `protocols/postgres/sql/session-names.ts`.
   */
  readonly temporaryNames?: ReadonlySet<string> | undefined;
}

export interface StatementDescriber {
  /**
   * The statements of a Query or Parse message. Synchronous where the description is cached, else a promise.
   * Never rejects: what cannot be described comes back as unknown.
   */
  describe(text: string, context: NameContext): DescribeResult | Promise<DescribeResult>;
  /** Called when a statement that defines objects has ended on the upstream: the catalogue may have changed. */
  catalogueChanged(upstream: string, database: string): void;
}

/** A column as the catalogue has it. */
export interface CatalogueColumn extends ColumnName {
  readonly typeOid: number;
  /** pg_attribute.atttypmod: -1 where the type has none. */
  readonly typmod: number;
  /**
   * What is in it: itself where it is a table's, what it is made of where it is generated or a view's. Undefined: it
   * cannot be told, and may be anything.
   */
  readonly sources: readonly ColumnSource[] | undefined;
}

/**
 * The columns of upstreams' databases, as far as the catalogue in force knows them. Synchronous; never throws. What it
 * does not know is undefined, and counts as marked.
 */
export interface ColumnCatalogue {
  /** Differs where an answer may; undefined while the catalogue cannot be read. */
  version(upstream: string, database: string): string | undefined;
  /** By a RowDescription's table OID and attribute number, which name a view's column too. */
  column(
    upstream: string,
    database: string,
    relationOid: number,
    attribute: number,
  ): CatalogueColumn | undefined;
  /** By name; undefined where there is no such column. */
  named(upstream: string, database: string, column: ColumnName): CatalogueColumn | undefined;
  /**
   * The column and those of the same name in the tables it inherits from and in those that inherit from it, partitions
   * included: what is marked in one of them is in the others' rows. `*` of a table has `*` of those. Undefined: there is
   * no such column.
   */
  family(upstream: string, database: string, column: ColumnName): readonly ColumnName[] | undefined;
  /** The names of a relation's columns; undefined where there is no such relation. */
  columns(
    upstream: string,
    database: string,
    relation: Pick<ColumnName, 'schema' | 'table'>,
  ): readonly string[] | undefined;
}

/** A relation by its name, as the catalogue has it. */
export interface RelationName {
  readonly schema: string;
  readonly name: string;
}

/** What names stand for on an upstream, as one value: two that are equal have the same meaning. */
export interface CatalogueFingerprint {
  /** Whether the upstream's catalogue can be read at all: it has a catalogue connection. */
  readable(upstream: string): boolean;
  /**
   * SHA-256, hex, over the functions, rules, triggers, row policies, event triggers, operators, casts and languages of the
   * database, and over the relations with what defines them and is made of them: or, where it cannot be told which a
   * statement uses, over all. Read from the server now. Rejects with GH_CATALOGUE_UNAVAILABLE.
   */
  fingerprint(
    upstream: string,
    database: string,
    relations: readonly RelationName[] | 'all',
  ): Promise<string>;
}

/** A gate-made cancel key and what it stands for. */
export interface CancelTarget {
  readonly upstream: string;
  readonly sessionId: SessionId;
  readonly processId: number;
  readonly secretKey: Uint8Array;
}

export interface LiveSession {
  readonly sessionId: SessionId;
  readonly worker: string;
  readonly principalSubject: string;
  readonly onBehalfOf: string;
  readonly upstream: string;
  readonly database: string;
  readonly clientAddress: string;
  readonly startedAtMs: number;
}

/** What a control command or a block asks of live sessions. */
export type SessionCommand =
  | { readonly kind: 'kill'; readonly sessionId: SessionId; readonly by: string }
  | { readonly kind: 'block'; readonly subject: string; readonly by: string };

/** State that every worker shares: cancel keys, live sessions, kills and blocks, counts of unauthenticated streams, tools. */
export interface SharedState {
  putCancelKey(processId: number, secretKey: Uint8Array, target: CancelTarget): void;
  /** What a cancel key stands for; a client may send the same cancel many times, so looking it up does not use it up. */
  cancelTarget(processId: number, secretKey: Uint8Array): CancelTarget | undefined;
  sessionStarted(session: LiveSession): void;
  sessionEnded(sessionId: SessionId): void;
  isBlocked(principal: { subject: string; onBehalfOf: string | undefined }): boolean;
  /** Counts an unauthenticated stream from a source; false where a cap is reached. Balanced by `leaveUnauthenticated`. */
  enterUnauthenticated(listener: string, source: string): boolean;
  leaveUnauthenticated(listener: string, source: string): void;
  /** What an MCP server's tools declare, as JSON by name; another worker may ask for it. Never throws. */
  putToolDefinitions(upstream: string, definitions: ReadonlyMap<string, string>): void;
  /** The newest of them; undefined where nobody has seen one. Never throws. */
  toolDefinition(upstream: string, tool: string): string | undefined;
  /** Calls back within a second of a kill or block, on every worker. Returns an unsubscribe function. */
  onCommand(listener: (command: SessionCommand) => void): () => void;
}

/** A request of the gate's own to an upstream, whole. Fields as of HTTP: lower-case names, a name as often as it stands. */
export interface EgressRequest {
  readonly method: string;
  /** As sent, with query. */
  readonly target: string;
  readonly fields: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer | undefined;
}

/** What comes of it; `failed` is the last call, where it comes. None of them may throw. */
export interface EgressAnswer {
  onHeaders(status: number, fields: readonly (readonly [name: string, value: string])[]): void;
  onBody(chunk: Buffer): void;
  onEnd(): void;
  onFailed(error: unknown): void;
}

export interface EgressCall {
  /** While held nothing more is read. */
  hold(held: boolean): void;
  /** Nothing more comes of it, and what is under way is broken off. */
  cancel(): void;
}

/** The gate's own way to its HTTP upstreams, through Envoy. Nothing is sent twice. */
export interface UpstreamEgress {
  send(upstream: string, request: EgressRequest, answer: EgressAnswer): EgressCall;
}
