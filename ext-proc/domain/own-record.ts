/** What is empty in a record of something that the gate, or a person at it, did: nothing was asked of an upstream. */
import type { DecidedRecord } from './audit-event.ts';

export const NO_ACTION = {
  report_only: [],
  database: '',
  role: '',
  verbs: [],
  tables: [],
  statement: '',
  fingerprint: '',
  action_digest: '',
} as const satisfies Partial<DecidedRecord>;
