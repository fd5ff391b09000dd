/** Two scenes of one statement each: rows with what is marked masked, and a refusal. */
import { DatabaseError } from 'pg';

import { answerLines, askGate, gateClient, messageLines } from '../gate-client.ts';
import type { Played, Scene, TourContext } from './scene.ts';

const READ = 'SELECT name, email, card, ssn FROM people ORDER BY id LIMIT 3';
const DROP = 'DROP TABLE people';
/** As the sample's marks write a card number: its last four digits. */
const MASKED_CARD = /^\*{4}\d{4}$/;

export const maskedSelect: Scene = {
  name: 'masked-select',
  title: 'A masked SELECT',
  sends: READ,
  play: async (context) => {
    const client = await gateClient(context.login);
    try {
      await client.connect();
      const answer = await askGate(client, READ);
      const cards = answer.rows.map(([, , card]) => card ?? '');
      const masked = cards.length > 0 && cards.every((card) => MASKED_CARD.test(card));
      return {
        saw: answerLines(answer),
        evidence: await context.evidence("has(verbs, 'SELECT') AND outcome = 'ok'", 1),
        wrong: masked ? undefined : 'The cards are not masked.',
      };
    } finally {
      await client.end().catch(() => undefined);
    }
  },
};

export const blockedDrop: Scene = {
  name: 'blocked-drop',
  title: 'A blocked DROP',
  sends: DROP,
  play: (context) => refused(context, DROP, "has(verbs, 'DROP TABLE')"),
};

async function refused(context: TourContext, sql: string, condition: string): Promise<Played> {
  const client = await gateClient(context.login);
  try {
    await client.connect();
    const answer = await askGate(client, sql);
    return { saw: answerLines(answer), evidence: [], wrong: 'It was not refused.' };
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error;
    return {
      saw: messageLines(error),
      evidence: await context.evidence(condition, 1),
      wrong: undefined,
    };
  } finally {
    await client.end().catch(() => undefined);
  }
}
