/**
 * A `SET gatehouse.token` that a client has sent right behind what is held: it is verified and takes effect while that
 * waits, so that the wait outlives the token it began under. Owns that nothing else is looked at ahead of its turn, and
 * that no bytes are taken: the answer is given when the message's turn comes.
 */
import { decodeQuery } from '../../../protocols/postgres/frontend.ts';
import type { MessageFramer } from '../../../protocols/postgres/framer.ts';
import { FRONTEND } from '../../../protocols/postgres/message-types.ts';
import { RENEWAL_BYTES_MAX, tokenOfRenewal } from '../token-renewal.ts';
import type { TokenRenewals } from './token-renewals.ts';

export class RenewalAhead {
  readonly #framer: MessageFramer;
  readonly #renewals: TokenRenewals;
  readonly #onRenewed: () => void;
  #looked = true;

  constructor(framer: MessageFramer, renewals: TokenRenewals, onRenewed: () => void) {
    this.#framer = framer;
    this.#renewals = renewals;
    this.#onRenewed = onRenewed;
  }

  /** Something is held from now on; what comes next may be here already. */
  begin(): void {
    this.#looked = false;
    this.look();
  }

  /** More has come while it is held. */
  look(): void {
    if (this.#looked) return;
    const wire = this.#framer.peek(FRONTEND.Query, RENEWAL_BYTES_MAX);
    if (wire === undefined) return;
    this.#looked = true;
    const query = decodeQuery(wire);
    const token = query.ok ? tokenOfRenewal(query.text) : undefined;
    if (token !== undefined) this.#renewals.ahead(token, this.#onRenewed);
  }
}
