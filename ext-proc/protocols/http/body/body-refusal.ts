/** Why a body cannot be read any further. What went wrong is said without a word of the body. */
import { GatehouseError } from '../../../domain/errors.ts';

export const malformedBody = (what: string): GatehouseError =>
  new GatehouseError('GH_HTTP_BODY_MALFORMED', `The body is not what its content type says: ${what}.`);

export const bodyTooLarge = (what: string): GatehouseError =>
  new GatehouseError(
    'GH_HTTP_BODY_TOO_LARGE',
    `A part of the body is larger than the gate can hold: ${what}.`,
  );

export const bodyTooDeep = (levels: number): GatehouseError =>
  new GatehouseError('GH_HTTP_BODY_TOO_DEEP', `The body's JSON is nested deeper than ${levels} levels.`);
