/**
 * Decisions from outside: a signed webhook, or a button in Slack. A signature proves which place sent it, not which person:
 * who the person is, the configuration of that place says (docs/decisions/0092-decisions-from-outside.md). After that it is
 * a decision as any other. Nothing is parsed before its signature fits.
 */
import type { IncomingHttpHeaders } from 'node:http';

import type { ReviewVerdict } from '../../domain/approvals/review-decision.ts';
import {
  decideApproval,
  type DecideDeps,
  type DecisionAsk,
  type DecisionRefused,
  type DecisionTaken,
} from '../decide.ts';
import { problemBody } from '../problem.ts';
import { outsideReviewer, type Channel } from './channel.ts';
import { SeenMessages } from './seen-messages.ts';
import { readSlackAction, slackAnswer } from './slack-action.ts';
import { SLACK_TOLERANCE_MS, verifySlack } from './slack-signature.ts';
import { verifyWebhook, WEBHOOK_TOLERANCE_MS } from './standard-webhooks.ts';

/** The body is read whole before it is handed in, and no more than this of it. */
export const INBOUND_BYTES_MAX = 65_536;

export interface InboundAnswer {
  readonly status: number;
  readonly code: string;
  /** JSON; empty where there is none. */
  readonly body: unknown;
}

export interface InboundDeps extends DecideDeps {
  readonly channels: readonly Channel[];
  /** Where reviewers log in: the subjects of the configuration are its. */
  readonly loginIssuer: string;
}

export class InboundDecisions {
  readonly #deps: InboundDeps;
  readonly #seen = new SeenMessages(2 * Math.max(WEBHOOK_TOLERANCE_MS, SLACK_TOLERANCE_MS));

  constructor(deps: InboundDeps) {
    this.#deps = deps;
  }

  /** POST /webhooks/{channel}. Never rejects. */
  async webhook(name: string, headers: IncomingHttpHeaders, body: Uint8Array): Promise<InboundAnswer> {
    const nowMs = this.#deps.clock.nowMs();
    const channel = this.#deps.channels.find((each) => each.name === name);
    // Whoever cannot sign learns nothing of which channels there are.
    const secrets = channel?.kind === 'webhook' ? channel.secrets : [];
    const verified = verifyWebhook(secrets, headers, body, nowMs);
    if (channel === undefined || verified.kind === 'refused') {
      return this.#unproven(name, verified.kind === 'refused' ? verified.code : 'GH_WEBHOOK_SIGNATURE');
    }
    const read = readWebhookBody(body);
    if (read === undefined) {
      return problem(
        400,
        'GH_WEBHOOK_BODY',
        'Send {"approvalId", "verdict", "reviewer": {"subject"}, "reason", "actionDigest"}.',
      );
    }
    const id = `${name} ${verified.id}`;
    if (!this.#seen.take(id, nowMs)) {
      return problem(
        409,
        'GH_WEBHOOK_REPLAYED',
        'A message with this webhook-id was taken before; send a new one with a new id.',
      );
    }
    const outcome = await this.#decide(channel, read.user, read.ask);
    if (outcome.kind === 'refused' && outcome.status === 503) this.#seen.giveBack(id);
    return outcome.kind === 'refused'
      ? problem(outcome.status, outcome.code, outcome.publicMessage)
      : {
          status: 200,
          code: '',
          body: { state: outcome.state, agreed: outcome.agreed, needed: outcome.needed },
        };
  }

  /**
   * POST /slack/{channel}: what came of it is told where the button was, by `tell`. Never rejects. Slack wants an answer
   * within three seconds, and shows nothing of it.
   */
  async slack(
    name: string,
    headers: IncomingHttpHeaders,
    body: Uint8Array,
    tell: (url: string, message: string) => Promise<void> = postToSlack,
  ): Promise<InboundAnswer> {
    const { clock, channels, log } = this.#deps;
    const nowMs = clock.nowMs();
    const channel = channels.find((each) => each.name === name);
    if (channel?.kind !== 'slack' || channel.secret === undefined)
      return this.#unproven(name, 'GH_SLACK_SIGNATURE');
    const verified = verifySlack(channel.secret, headers, body, nowMs);
    if (verified.kind === 'refused') return this.#unproven(name, verified.code);
    const action = readSlackAction(body, channel.url);
    if (action === undefined)
      return problem(400, 'GH_SLACK_BODY', 'This is no action of a message of the gate.');
    // A button that is a link: there is nothing to decide.
    if (action === 'link') return OK;
    const id = `${name} ${verified.signature}`;
    if (!this.#seen.take(id, nowMs)) {
      return problem(409, 'GH_SLACK_REPLAYED', 'This was taken before.');
    }
    const outcome = await this.#decide(channel, action.user, { ...action, channel: 'slack' });
    if (outcome.kind === 'refused' && outcome.status === 503) this.#seen.giveBack(id);
    void tell(action.responseUrl, slackAnswer(action, outcome)).catch((error: unknown) =>
      log.warn({ err: error, channel: name }, 'Slack could not be told what came of a button'),
    );
    return OK;
  }

  async #decide(
    channel: Channel,
    user: string,
    ask: Omit<DecisionAsk, 'reviewer'>,
  ): Promise<DecisionTaken | DecisionRefused> {
    const reviewer = outsideReviewer(channel, user, this.#deps.loginIssuer);
    if (reviewer === undefined) {
      this.#deps.log.warn(
        { channel: channel.name },
        'a decision from outside names nobody whom the channel knows',
      );
      return {
        kind: 'refused',
        status: 403,
        code: 'GH_REVIEW_OUTSIDER',
        publicMessage:
          'The configuration of this channel does not say who that is: decide it in the console, or have an operator add the person to the users of the channel.',
      };
    }
    return decideApproval(this.#deps, { ...ask, reviewer });
  }

  #unproven(name: string, code: string): InboundAnswer {
    this.#deps.log.warn({ channel: name.slice(0, 64), code }, 'a decision from outside proves nothing');
    const stale = code.endsWith('_STALE');
    return problem(
      401,
      code,
      stale
        ? 'The time of this message is over five minutes away from the clock here: look at both clocks, and sign it anew.'
        : 'This message is not signed with the secret of this channel.',
    );
  }
}

interface WebhookBody {
  readonly user: string;
  readonly ask: Omit<DecisionAsk, 'reviewer'>;
}

/** Undefined where it is not exactly in form. */
function readWebhookBody(body: Uint8Array): WebhookBody | undefined {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const { approvalId, verdict, reviewer, reason = '', actionDigest } = value as Record<string, unknown>;
  const user =
    typeof reviewer === 'object' && reviewer !== null
      ? (reviewer as { subject?: unknown }).subject
      : undefined;
  if (typeof approvalId !== 'string' || typeof user !== 'string' || typeof actionDigest !== 'string')
    return undefined;
  if (!isVerdict(verdict) || typeof reason !== 'string') return undefined;
  return { user, ask: { id: approvalId, verdict, reason, actionDigest, channel: 'webhook' } };
}

const isVerdict = (value: unknown): value is ReviewVerdict => value === 'approve' || value === 'deny';

const OK: InboundAnswer = { status: 200, code: '', body: {} };

const problem = (status: number, code: string, detail: string): InboundAnswer => ({
  status,
  code,
  body: problemBody({ status, code, detail }),
});

const SLACK_TIMEOUT_MS = 5_000;

async function postToSlack(url: string, message: string): Promise<void> {
  const answer = await fetch(url, {
    method: 'POST',
    body: message,
    headers: { 'content-type': 'application/json' },
    redirect: 'manual',
    signal: AbortSignal.timeout(SLACK_TIMEOUT_MS),
  });
  await answer.body?.cancel();
}
