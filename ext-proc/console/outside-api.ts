/** Decisions from outside over HTTP: the bytes as they came, since it is those that are signed. */
import { json, NO_CONTENT, readBody, type Call, type Reply } from './call.ts';
import type { ConsoleDependencies } from './dependencies.ts';
import { INBOUND_BYTES_MAX, type InboundAnswer } from './notifications/inbound.ts';
import { notFound } from './problem.ts';

export class OutsideApi {
  readonly #deps: Pick<ConsoleDependencies, 'inbound'>;

  constructor(deps: Pick<ConsoleDependencies, 'inbound'>) {
    this.#deps = deps;
  }

  webhook = async ({ request, parts }: Call): Promise<Reply> => {
    const body = await readBody(request, INBOUND_BYTES_MAX);
    return reply(await this.#inbound().webhook(parts[0] ?? '', request.headers, body));
  };

  slack = async ({ request, parts }: Call): Promise<Reply> => {
    const body = await readBody(request, INBOUND_BYTES_MAX);
    const answer = await this.#inbound().slack(parts[0] ?? '', request.headers, body);
    // Slack shows whatever else it gets.
    return answer.status === 200 ? { ...NO_CONTENT, status: 200 } : reply(answer);
  };

  #inbound() {
    const { inbound } = this.#deps;
    if (inbound === undefined) throw notFound();
    return inbound;
  }
}

const reply = ({ status, body }: InboundAnswer): Reply => {
  const answer = json(body, status);
  return status === 200 ? answer : { ...answer, headers: { 'content-type': 'application/problem+json' } };
};
