/**
 * Says in the log which of the configured marks mask nothing in a database whose catalogue has been read. A mark may be
 * for one of several databases: it is told only while none that was read has what it fits.
 */
import type { Log } from '../../../domain/log.ts';
import type { ColumnMarkRule } from '../../../domain/masking-rules.ts';
import { type MarkableTable, markText, type UnusedMark, unusedMarks } from '../../../domain/unused-marks.ts';

export interface MarkWatch {
  /** A catalogue was read that is another than before. */
  read(upstream: string, database: string, tables: () => readonly MarkableTable[]): void;
}

export function watchMarks({
  rules,
  log,
}: {
  readonly rules: readonly ColumnMarkRule[];
  readonly log: Log;
}): MarkWatch {
  /** By mark, the databases that have what it fits. */
  const used = new Map<string, Set<string>>();
  const told = new Set<string>();
  return {
    read(upstream, database, tables) {
      if (rules.length === 0) return;
      const place = JSON.stringify([upstream, database]);
      const unused = unusedMarks(rules, upstream, tables());
      const names = new Set(unused.map(({ mark }) => mark));
      for (const rule of rules) {
        if (rule.upstream !== undefined && rule.upstream !== upstream) continue;
        const mark = markText(rule);
        const places = used.get(mark) ?? new Set();
        used.set(mark, places);
        if (names.has(mark)) places.delete(place);
        else {
          places.add(place);
          told.delete(mark);
        }
      }
      for (const each of unused) {
        if (told.has(each.mark) || (used.get(each.mark)?.size ?? 0) > 0) continue;
        told.add(each.mark);
        log.warn(
          { code: 'GH_MASKING_MARK_UNUSED', upstream, database, mark: each.mark, nearest: each.nearest },
          messageOf(each),
        );
      }
    },
  };
}

function messageOf({ why, nearest }: UnusedMark): string {
  if (why === 'fits_views_only')
    return 'a mark of masking.columns fits columns of views alone, where it does not hold: mark the tables behind them';
  const meant = nearest === undefined ? '' : `; ${nearest} may be meant`;
  return `a mark of masking.columns fits no column, and masks nothing${meant}`;
}
