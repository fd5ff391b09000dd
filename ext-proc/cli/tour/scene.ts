/** A scene of the tour: something an agent does through the gate, what it saw of it, and the evidence that it left. */
import type { GateLogin } from '../gate-login.ts';

/** Columns of ClickHouse's `events` that the tour shows. */
export interface EvidenceRow {
  readonly event_id: string;
  readonly time: string;
  readonly principal_subject: string;
  readonly on_behalf_of: string;
  readonly action_kind: string;
  readonly statement: string;
  readonly tool: string;
  readonly decision: string;
  readonly rule: string;
  readonly reason: string;
  readonly outcome: string;
  readonly rows: string;
  readonly masks: Readonly<Record<string, string>>;
  readonly approval_id: string;
  readonly action_digest: string;
}

export interface TourContext {
  /** The agent of this tour, of nobody else's. */
  readonly subject: string;
  /** The human it acts for. */
  readonly human: string;
  /** Somebody of the sample who may approve. */
  readonly reviewer: string;
  readonly login: GateLogin;
  /** `https://host:port/path` of the sample MCP server behind the gate. */
  readonly mcp: string;
  readonly caFile: string | undefined;
  /** Whether the tour approves by itself. */
  readonly approvesItself: boolean;
  /** To the person who watches, while the scene plays. */
  say(line: string): void;
  /** Approves as a reviewer of the sample, through the terminal's own commands. Rejects with what they say. */
  approve(id: string, reason: string): Promise<void>;
  /** Rows of the tour's agent that fit, once there are at least `least` of them. */
  evidence(condition: string, least: number): Promise<readonly EvidenceRow[]>;
}

export interface Played {
  /** What the agent got, line by line. */
  readonly saw: readonly string[];
  readonly evidence: readonly EvidenceRow[];
  /** What is not as the scene promises; undefined where all is. */
  readonly wrong: string | undefined;
}

export interface Scene {
  /** Stable, for scripts. */
  readonly name: string;
  readonly title: string;
  /** What the agent sends, or would. */
  readonly sends: string;
  /** Undefined: its protocol is not there yet. */
  readonly play: ((context: TourContext) => Promise<Played>) | undefined;
}
