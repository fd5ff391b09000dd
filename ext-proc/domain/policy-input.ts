/**
 * What Rego sees, version 1. Keys are snake_case because Rego's are. `policies-rego/schemas/input.v1.json` says the
 * same in JSON Schema, and a test holds the two together.
 */
import type { HttpActionKind, PolicyHttpRequest } from './http-action.ts';
import type { McpActionKind, PolicyMcpMessage } from './mcp-action.ts';
import type { StatementDescription } from './statement.ts';

export interface PolicyPrincipal {
  readonly subject: string;
  readonly on_behalf_of: string;
  readonly issuer: string;
  readonly groups: readonly string[];
}

export interface PolicyUpstream {
  readonly name: string;
  readonly protocol: string;
  readonly labels: Readonly<Record<string, string>>;
}

export interface PolicyPostgresSession {
  readonly client_address: string;
  readonly database: string;
  /** The database role in force: the login role, or what SET ROLE made of it. */
  readonly role: string;
  /** Undefined in the schema's sense (`null`) where the gate cannot know it. */
  readonly search_path: readonly string[] | null;
  readonly transaction: 'idle' | 'in_transaction' | 'failed';
  readonly application_name: string;
}

/** Of HTTP and MCP: a request stands for itself. */
export interface PolicyHttpSession {
  readonly client_address: string;
  /** `<listener>/<route>` as configured. */
  readonly route: string;
}

export type PolicySession = PolicyPostgresSession | PolicyHttpSession;

export interface PolicyParameter {
  readonly type_oid: number;
  readonly format: 'text' | 'binary';
  /** Text of the parameter; base64 of a binary one; null for SQL NULL. Cut at 8 KiB, and then `truncated`. */
  readonly value: string | null;
  readonly truncated: boolean;
}

export type PostgresActionKind =
  'postgres.connect' | 'postgres.query' | 'postgres.parse' | 'postgres.execute' | 'postgres.function_call';

export interface PolicyPostgresAction {
  readonly kind: PostgresActionKind;
  /** Absent for connect and function_call. */
  readonly statement?: StatementDescription & { readonly text: string };
  /** `postgres.execute` only. */
  readonly parameters?: readonly PolicyParameter[];
}

export interface PolicyHttpAction {
  readonly kind: HttpActionKind;
  readonly request: PolicyHttpRequest;
}

export interface PolicyMcpAction {
  readonly kind: McpActionKind;
  /** Without its body's value: `mcp` says what is in it. */
  readonly request: PolicyHttpRequest;
  readonly mcp: PolicyMcpMessage;
}

export type PolicyAction = PolicyPostgresAction | PolicyHttpAction | PolicyMcpAction;
export type ActionKind = PolicyAction['kind'];

export interface PolicyInput {
  readonly version: 1;
  readonly principal: PolicyPrincipal;
  readonly upstream: PolicyUpstream;
  readonly session: PolicySession;
  readonly action: PolicyAction;
}
