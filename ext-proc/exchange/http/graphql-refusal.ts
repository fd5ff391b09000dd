/** Why a body that holds GraphQL goes on no further. */
import { GatehouseError } from '../../domain/errors.ts';

export const graphqlRefusal = (): GatehouseError =>
  new GatehouseError('GH_HTTP_GRAPHQL', 'GraphQL is not taken: what it asks for cannot be decided here.');
