/** A request that was let through, on its way to the upstream: its header changed, its body as it is, rewritten or replaced. */
import type { Receipt } from '../../domain/audit-event.ts';
import { GatehouseError } from '../../domain/errors.ts';
import type { HttpCredential } from '../../domain/ports.ts';
import type { BodyTransform } from '../../protocols/http/body/body-masking.ts';
import type { HeaderChanges } from '../../protocols/http/header-fields.ts';
import type { DecidableRequest } from './dialect.ts';
import { graphqlGuard } from './graphql-guard.ts';
import type { HttpObligations } from './obligations.ts';
import { requestChanges, withLength, withoutTruths } from './request-changes.ts';
import type { RequestIntake } from './request-intake.ts';

/** With what a request goes on. */
export interface Released {
  readonly credential: HttpCredential;
  readonly obligations: HttpObligations;
  /** Undefined where its body is not changed. */
  readonly transform: BodyTransform | undefined;
  /** Of the protocol that HTTP carries. */
  readonly own: HeaderChanges;
  /** What goes on in place of its body; undefined where that goes on as it came. */
  readonly replaced: Buffer | undefined;
}

export interface ReleaseWire {
  readonly intake: RequestIntake;
  continueHeaders(changes: HeaderChanges): void;
  sendUpstream(pieces: readonly Buffer[], end: boolean): void;
  /** Part of it has gone on, and the rest may not. */
  broken(code: string, error: unknown): void;
}

/** Only with the receipt of its record does a request go on. */
export function releaseRequest(
  _receipt: Receipt,
  { head, body, route }: DecidableRequest,
  { credential, obligations, transform, own, replaced }: Released,
  wire: ReleaseWire,
): void {
  const inspected = route.inspection === 'full';
  const changes = requestChanges(head.arrived, {
    credential,
    inspected,
    keepsCookies: obligations.revealedHeaders.has('set-cookie'),
    masks: obligations.masks,
    tags: obligations.tags,
    own,
    method: head.method,
    withheld: route.upstream.withheldHeaders,
  });
  wire.continueHeaders(
    transform === undefined
      ? withLength(changes, head.fields, replaced)
      : withoutTruths(changes, head.fields),
  );
  const send = (chunk: Buffer, end: boolean): void => {
    try {
      guard?.look(chunk, end);
      if (transform === undefined) return wire.sendUpstream(chunk.length === 0 ? [] : [chunk], end);
      const pieces = transform.push(chunk);
      wire.sendUpstream(end ? [...pieces, ...transform.end()] : pieces, end);
    } catch (error) {
      wire.broken(error instanceof GatehouseError ? error.code : 'GH_INTERNAL', error);
    }
  };
  if (!inspected || body.policy.kind === 'none') {
    if (inspected && body.bytes !== undefined) wire.sendUpstream([], true);
    return;
  }
  const guard = graphqlGuard(body, head.contentType, obligations.requestMasker);
  const whole = replaced ?? body.bytes;
  if (whole === undefined) return wire.intake.release(send);
  // All of it is there, read before the decision, and goes on as one.
  wire.intake.release(() => undefined);
  send(whole, true);
}
