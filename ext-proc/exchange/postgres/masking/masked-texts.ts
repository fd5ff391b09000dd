/**
 * What the server says in words, as it may go on: errors, notices, notifications and reported settings. Owns whose words
 * are withheld: those of a statement that touches hidden columns, and of a commit that follows one.
 */
import { BACKEND } from '../../../protocols/postgres/message-types.ts';
import { MaskCounts } from '../../../protocols/postgres/rows/mask-counts.ts';
import {
  maskErrorMessage,
  maskNotification,
  maskParameterStatus,
  withholdNotification,
} from '../../../protocols/postgres/rows/message-texts.ts';
import type { Masker } from '../../../masking/masker.ts';
import type { ActionEvent } from '../action-event.ts';
import type { SessionWalk } from '../session-walk.ts';
import type { StatementMasking } from './statement-masking.ts';

export class MaskedTexts {
  readonly #walk: SessionWalk;

  constructor(walk: SessionWalk) {
    this.#walk = walk;
  }

  /** Undefined where the message cannot be read. */
  error(wire: Buffer, event: ActionEvent | undefined): Buffer | undefined {
    const masking = this.#statement;
    const deferred = masking === undefined || masking.runsDeferred || this.#endsTransaction;
    const withhold = masking?.withholdsErrors === true || (deferred && this.#walk.withholdsErrors);
    const masker = masking === undefined ? this.#walk.masking.sessionMasker : masking.masker;
    if (!withhold && masker === undefined) return wire;
    return maskErrorMessage(wire, this.#counting(masker, event), withhold);
  }

  /** A message that may come at any time. Undefined where it cannot be read. */
  asynchronous(type: number, wire: Buffer, event: ActionEvent | undefined): Buffer | undefined {
    if (type === BACKEND.NoticeResponse) return this.error(wire, event);
    const { sessionMasker: masker, hides } = this.#walk.masking;
    if (type === BACKEND.NotificationResponse && hides)
      return withholdNotification(wire, this.#counting(masker, event));
    if (masker === undefined) return wire;
    const masking = this.#counting(masker, event);
    return type === BACKEND.NotificationResponse
      ? maskNotification(wire, masking)
      : maskParameterStatus(wire, masking);
  }

  #counting(masker: Masker | undefined, event: ActionEvent | undefined) {
    const counts = event === undefined ? new MaskCounts() : (event.masks ??= new MaskCounts());
    return { masker: masker ?? this.#walk.gate.masking.masker, counts };
  }

  /** The last of several statements in a Query: with it the server commits all of them. */
  get #endsTransaction(): boolean {
    const { head } = this.#walk.replies;
    return head?.kind === 'query' && head.maskings.length > 1 && head.next >= head.maskings.length - 1;
  }

  /** Of what the server is working on; undefined where that is no statement of its own. */
  get #statement(): StatementMasking | undefined {
    const { head } = this.#walk.replies;
    switch (head?.kind) {
      case 'query':
        return head.maskings[Math.min(head.next, head.maskings.length - 1)];
      case 'parse':
      case 'try':
        return head.masking;
      case 'bind':
      case 'execute':
        return head.portal.masking;
      default:
        return undefined;
    }
  }
}
