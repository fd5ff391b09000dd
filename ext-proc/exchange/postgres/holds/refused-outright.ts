/** What cannot be held, whoever would approve it: because a reviewer could not see what would run, or it could not run. */
import type { HoldMode, HoldTerms } from '../../../domain/approvals/hold-terms.ts';
import type { Refusal } from '../denial.ts';
import { readsFromClient } from '../effects.ts';
import type { SessionWalk } from '../session-walk.ts';
import { meansTheSameAnywhere, withInner } from './held-meaning.ts';
import type { JudgedText } from './judged-text.ts';
import { ownDefinitions } from './own-definitions.ts';
import { showsAllParameters, showsAllWords } from './shown-action.ts';

const DENIED = '42501';

export function refusedOutright(
  judged: JudgedText,
  terms: HoldTerms,
  mode: HoldMode,
  walk: Pick<SessionWalk, 'context' | 'decider' | 'own' | 'gate'>,
): Refusal | undefined {
  const { context, decider, own } = walk;
  if (context.transaction === 'failed') return TRANSACTION_FAILED;
  if (terms.stage === 'commit') return COMMIT_NOT_HELD;
  const reads = judged.judgements.some(({ statement }) =>
    withInner(statement.description).some(readsFromClient),
  );
  if (reads) return NOT_SHOWN;
  if (!showsAllWords(judged, decider)) return MASKED_WORDS;
  if (!showsAllParameters(judged, walk)) return UNREADABLE;
  if (mode === 'retry' && !context.settings.certain) return SETTINGS;
  if (mode === 'retry' && ownDefinitions(judged, own).length > 0) return DEFINITIONS;
  return mode === 'retry' && !meansTheSameAnywhere(judged) ? SESSION_STATE : undefined;
}

export const COMMIT_NOT_HELD: Refusal = {
  code: 'GH_APPROVAL_COMMIT',
  sqlstate: DENIED,
  publicMessage: 'the commit of this needs approval, and cannot be held here',
  hint: 'Run INSERT, UPDATE, DELETE, MERGE or TRUNCATE in a transaction block of their own: BEGIN, the statements, COMMIT.',
};

/** What may commit, by itself or unseen, what has run for a commit that is held. */
export const UNCERTAIN_COMMIT: Refusal = {
  code: 'GH_APPROVAL_COMMIT_UNSEEN',
  sqlstate: DENIED,
  publicMessage: 'the commit of this transaction needs approval, and this may commit it in another way',
  hint: 'End the transaction first, with COMMIT or ROLLBACK as a statement of its own.',
};

export const BLOCK_TOO_LARGE: Refusal = {
  code: 'GH_APPROVAL_TOO_LARGE',
  sqlstate: DENIED,
  publicMessage:
    'the commit of this transaction needs approval, and more in it could not be shown to anybody',
  hint: 'ROLLBACK, or COMMIT what there is, and do the rest in a transaction of its own.',
};

export const POLICY_CHANGED: Refusal = {
  code: 'GH_APPROVAL_POLICY',
  sqlstate: DENIED,
  publicMessage: 'the policy was changed since this transaction ran',
  hint: 'Run it again.',
};

const TRANSACTION_FAILED: Refusal = {
  code: 'GH_APPROVAL_TRANSACTION_FAILED',
  sqlstate: '25P02',
  publicMessage: 'this needs approval, and would fail: the current transaction is aborted',
  hint: 'ROLLBACK first, then send it again.',
};

const NOT_SHOWN: Refusal = {
  code: 'GH_APPROVAL_NOT_SHOWN',
  sqlstate: DENIED,
  publicMessage:
    'this needs approval, and its data would come only after it: nobody could see what they approve',
  hint: 'Use INSERT with the values in it.',
};

export const UNREADABLE: Refusal = {
  code: 'GH_APPROVAL_NOT_SHOWN',
  sqlstate: DENIED,
  publicMessage:
    'this needs approval, and a parameter of it cannot be read: nobody could see what they approve',
  hint: 'Send it as text in UTF-8; or, in the binary format, declare its type in Parse, or have the statement described first.',
};

export const MASKED_WORDS: Refusal = {
  code: 'GH_APPROVAL_MASKED',
  sqlstate: DENIED,
  publicMessage:
    'this needs approval, and masking would hide words of it and not only values: nobody could see what they approve',
  hint: 'Give what looks like a key or a password as a parameter, or in one literal.',
};

const SESSION_STATE: Refusal = {
  code: 'GH_APPROVAL_SESSION_STATE',
  sqlstate: DENIED,
  publicMessage:
    'this needs approval, and what it does hangs on this session or cannot be told from its words alone',
  hint: 'Write the statement itself in place of a prepared one, a cursor or a block of code.',
};

const SETTINGS: Refusal = {
  code: 'GH_APPROVAL_SESSION_STATE',
  sqlstate: DENIED,
  publicMessage:
    'this needs approval, and may hang on settings of this session of which the gate cannot tell what they are',
  hint: 'Connect again, and give each SET its constant in a Query of its own, outside any transaction.',
};

const DEFINITIONS: Refusal = {
  code: 'GH_APPROVAL_SESSION_STATE',
  sqlstate: DENIED,
  publicMessage:
    'this needs approval, and may hang on what this session itself has defined: in its open transaction, or as temporary tables',
  hint: 'COMMIT definitions first, or send it in a session that has made none.',
};

/** Where there is no catalogue connection, or none that works. */
export const NO_CATALOGUE: Refusal = {
  code: 'GH_APPROVAL_NO_CATALOGUE',
  sqlstate: DENIED,
  publicMessage:
    'this needs approval, and the gate cannot read what its names stand for, so it could not keep to what is approved',
  hint: "Tell the gate's operators: the upstream needs a catalogue connection that works (gatehouse doctor).",
};

export const NOT_AVAILABLE: Refusal = {
  code: 'GH_APPROVALS_UNAVAILABLE',
  sqlstate: DENIED,
  publicMessage: 'this needs approval, and the gate cannot ask for it now',
  hint: "Try again later, or tell the gate's operators.",
};

export const GATE_DRAINS: Refusal = {
  code: 'GH_DRAINED',
  sqlstate: '57P01',
  publicMessage: 'no longer waiting for approval: the gate is restarting',
  hint: 'Nothing was run. Connect again and send it again.',
};
