/** What each part of the bench gives back: what it prints, the claims, and the rounds behind them. */
import type { TargetResult } from '../support/report.ts';

export interface Phase {
  readonly text: string;
  readonly targets: readonly TargetResult[];
  readonly rounds: unknown;
  readonly figures?: unknown;
}
