/** What the files of this folder share, of one session: each takes messages of its own kind, by means of these. */
import type { SessionWalk } from '../session-walk.ts';
import type { SqlPrepared } from '../sql-prepared.ts';
import type { CommitHolds } from '../holds/commit-holds.ts';
import type { Holds } from '../holds/holds.ts';
import type { CopiesIn } from './copies-in.ts';
import type { Pipeline } from './pipeline.ts';
import type { Refusals } from './refusals.ts';
import type { StatementMeanings } from './statement-meanings.ts';
import type { TokenRenewals } from './token-renewals.ts';

export interface FrontendParts {
  readonly walk: SessionWalk;
  readonly pipeline: Pipeline;
  readonly meanings: StatementMeanings;
  readonly sqlPrepared: SqlPrepared;
  readonly copies: CopiesIn;
  readonly refusals: Refusals;
  readonly renewals: TokenRenewals;
  readonly holds: Holds;
  readonly commits: CommitHolds;
}
