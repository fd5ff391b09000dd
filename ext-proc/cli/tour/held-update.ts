/** The scene of a hold: the statement waits, a person looks and approves, and exactly that runs, once. */
import { DatabaseError } from 'pg';

import { isApprovalId } from '../../domain/approvals/approval-request.ts';
import { answerLines, askGate, gateClient, messageLines } from '../gate-client.ts';
import type { EvidenceRow, Played, Scene, TourContext } from './scene.ts';

const UPDATE = "UPDATE people SET notes = 'Prefers to be called in the morning.' WHERE id = 7";
const REQUEST_ID = /request ([0-9a-f-]{36})/;
/** Request, decision, release, and the action itself. */
const ROWS = 4;

export const heldUpdate: Scene = {
  name: 'held-update',
  title: 'A held UPDATE, which a person approves',
  sends: UPDATE,
  play: async (context) => {
    const client = await gateClient(context.login);
    const saw: string[] = [];
    let id: string | undefined;
    let approving: Promise<void> = Promise.resolve();
    client.on('notice', (notice) => {
      const lines = messageLines(notice);
      saw.push(...lines);
      for (const line of lines) context.say(line);
      const [, named = ''] = REQUEST_ID.exec(notice.message ?? '') ?? [];
      if (id !== undefined || !isApprovalId(named)) return;
      id = named;
      approving = review(context, named, notice.detail);
      // Told below; until then nobody awaits it.
      approving.catch(() => client.end());
    });
    try {
      await client.connect();
      const answer = await askGate(client, UPDATE);
      saw.push(...answerLines(answer));
      const wrong =
        id === undefined
          ? 'It was not held: does the policy hold it, and are approvals configured?'
          : undefined;
      return { saw, evidence: await approvalRows(context, id), wrong };
    } catch (error) {
      await approving;
      if (!(error instanceof DatabaseError)) throw error;
      saw.push(...messageLines(error));
      return { saw, evidence: await approvalRows(context, id), wrong: 'It was not approved.' };
    } finally {
      await client.end().catch(() => undefined);
    }
  },
};

/** Shows the person what to do, or does it. */
async function review(context: TourContext, id: string, link: string | undefined): Promise<void> {
  if (context.approvesItself) {
    context.say(`${context.reviewer} logs in from the terminal and approves it …`);
    await context.approve(id, 'The tour approves its own example.');
    return;
  }
  const command = 'npm run gatehouse --';
  for (const line of [
    '',
    `It waits. Approve it as ${context.reviewer}: the agent acts for ${context.human}, who therefore cannot.`,
    ...(link === undefined ? [] : [`  in the browser:  ${link}`]),
    `  in a terminal:   ${command} login --user ${context.reviewer}`,
    `                   ${command} approvals show ${id}`,
    `                   ${command} approvals approve ${id} --reason 'Right person, right change.'`,
    '',
  ])
    context.say(line);
}

/** All that belongs to the request, the reviewer's part included. */
async function approvalRows(context: TourContext, id: string | undefined): Promise<Played['evidence']> {
  if (id === undefined) return context.evidence("has(verbs, 'UPDATE')", 1);
  return inOrder(await context.evidence(`approval_id = '${id}'`, ROWS));
}

const inOrder = (rows: readonly EvidenceRow[]): readonly EvidenceRow[] =>
  rows.toSorted((one, other) => (one.time < other.time ? -1 : 1));
