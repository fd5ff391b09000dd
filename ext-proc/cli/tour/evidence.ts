/** Reads what the tour's agent left in ClickHouse, as `gatehouse query` reads it. */
import { setTimeout as sleep } from 'node:timers/promises';

import { query } from '../query.ts';
import type { EvidenceRow } from './scene.ts';

const COLUMNS =
  'event_id, time, principal_subject, on_behalf_of, action_kind, statement, tool, decision, rule, reason, outcome, ' +
  'toString(rows) AS rows, mapApply((kind, times) -> (kind, toString(times)), masks) AS masks, approval_id, action_digest';
/** A row is usually there a second or two after its action. */
const PATIENCE_MS = 15_000;
const POLL_MS = 250;

/** Oldest first, with their ends; fewer than `least` where they do not come in time. `condition` is the tour's own SQL. */
export async function readEvidence(condition: string, least: number): Promise<readonly EvidenceRow[]> {
  const sql = `SELECT ${COLUMNS} FROM events WHERE ${condition} ORDER BY events.time LIMIT 50`;
  const deadlineMs = performance.now() + PATIENCE_MS;
  for (;;) {
    let text = '';
    await query(sql, { format: 'JSONEachRow' }, (piece) => (text += piece));
    const rows = text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as EvidenceRow);
    const isWhole = rows.length >= least && rows.every(({ outcome }) => outcome !== 'unknown');
    if (isWhole || performance.now() > deadlineMs) return rows;
    await sleep(POLL_MS);
  }
}
