/** How the tour looks in a terminal. */

import { createColors } from '../colors.ts';
import { terminalLine } from '../terminal-text.ts';
import type { EvidenceRow, Scene } from './scene.ts';

type Paint = ReturnType<typeof createColors>;
const CHARACTERS_MAX = 160;
/** `table` draws it, and no cell of one. */
const RULE_OF_A_TABLE = /^[─ ]+$/;

export interface TourShow {
  scene(number: number, of: number, scene: Scene): void;
  /** What the agent got, as it comes. */
  saw(line: string): void;
  evidence(rows: readonly EvidenceRow[]): void;
  notThereYet(): void;
  wrong(what: string): void;
  line(text: string): void;
}

export function createTourShow(write: (line: string) => void, colours: boolean): TourShow {
  const paint: Paint = createColors(colours);
  // The agent, and whoever wrote what it reads, chose these characters.
  const safe = (text: string): string => terminalLine(cut(text), colours);
  const field = (name: string, value: string): void => write(`    ${paint.dim(name.padEnd(9))} ${value}`);
  return {
    scene: (number, of, { title, sends }) => {
      write('');
      write(paint.bold(`${number} of ${of}  ${title}`));
      write(`  ${paint.dim('agent sends')}  ${sends}`);
    },
    saw: (line) =>
      write(`  ${paint.dim('│')} ${RULE_OF_A_TABLE.test(line) ? line : terminalLine(line, colours)}`),
    evidence: (rows) => {
      const [row] = rows;
      if (row === undefined)
        return write(`  ${paint.yellow('no evidence yet: ask again with gatehouse query')}`);
      write(`  ${paint.dim('evidence')}`);
      if (rows.length === 1) showRow(row, field, safe, paint);
      else
        for (const each of rows) {
          const digest = paint.dim(`digest ${each.action_digest.slice(0, 12)}…`);
          const decision = coloured(each.decision.padEnd(5), paint);
          const who = safe(each.principal_subject).padEnd(18);
          const came = each.action_kind.startsWith('approval.')
            ? ''
            : `  ${each.outcome}, rows: ${each.rows}`;
          write(
            `    ${each.time.slice(11, 23)}  ${each.action_kind.padEnd(19)} ${decision}  ${who}  ${digest}${came}`,
          );
          if (each.reason !== '') write(`    ${' '.repeat(14)}${paint.dim(safe(each.reason))}`);
        }
      if (row.approval_id !== '') field('approval', row.approval_id);
    },
    notThereYet: () => write(`  ${paint.yellow('not there yet')}: this version has no such protocol.`),
    wrong: (what) => write(`  ${paint.red('✗')} ${what}`),
    line: (text) => write(text),
  };
}

function showRow(
  row: EvidenceRow,
  field: (name: string, value: string) => void,
  safe: (text: string) => string,
  paint: Paint,
): void {
  field('event', row.event_id);
  field('time', `${row.time} UTC`);
  field('who', `${safe(row.principal_subject)} for ${safe(row.on_behalf_of)}`);
  field('action', `${row.action_kind}  ${safe(firstLine(row.statement === '' ? row.tool : row.statement))}`);
  field('decision', `${coloured(row.decision, paint)} by ${row.rule}`);
  if (row.reason !== '') field('reason', safe(row.reason));
  const masked = Object.entries(row.masks).map(([kind, times]) => `${kind} ${times}`);
  const counted = row.decision === 'allow' ? `, ${row.rows} rows` : '';
  field('outcome', `${row.outcome}${counted}${masked.length === 0 ? '' : `; masked: ${masked.join(', ')}`}`);
}

function coloured(decision: string, paint: Paint): string {
  if (decision.startsWith('allow')) return paint.green(decision);
  return decision.startsWith('hold') ? paint.yellow(decision) : paint.red(decision);
}

const firstLine = (text: string): string => text.split('\n', 1)[0] ?? '';

const cut = (text: string): string =>
  text.length <= CHARACTERS_MAX ? text : `${text.slice(0, CHARACTERS_MAX)}…`;
