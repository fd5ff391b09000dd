/**
 * What a session itself has made and the catalogue's fingerprint cannot show, because that is read by another session:
 * definitions that are not committed, and temporary relations, which code of the database finds ahead of others of their
 * names. Where there is any, what a statement does hangs on this session, whatever its words say.
 */
import type { SessionNames } from '../../../protocols/postgres/sql/session-names.ts';
import { mayRunCode } from '../effects.ts';
import { withInner } from './held-meaning.ts';
import type { JudgedText } from './judged-text.ts';

export type OwnDefinitions = 'uncommitted definitions' | 'temporary relations';

/** None where the text means what the catalogue says. Part of its meaning: the order is fixed. */
export function ownDefinitions(
  { judgements }: Pick<JudgedText, 'judgements'>,
  { uncommitted, hasRelations }: Pick<SessionNames, 'uncommitted' | 'hasRelations'>,
): readonly OwnDefinitions[] {
  const found: OwnDefinitions[] = [];
  if (uncommitted) found.push('uncommitted definitions');
  const runsCode = (): boolean =>
    judgements.some(({ statement }) => withInner(statement.description).some(mayRunCode));
  if (hasRelations && runsCode()) found.push('temporary relations');
  return found;
}

/** What a reviewer is told of it. */
export const OWN_DEFINITIONS_WARNINGS: Readonly<Record<OwnDefinitions, string>> = {
  'uncommitted definitions':
    'Its transaction may have changed functions, triggers, rules or tables, uncommitted: what it does may be something else than is shown.',
  'temporary relations':
    'Its session has temporary tables, and code of the database that runs with it may use them in place of others of their names.',
};
