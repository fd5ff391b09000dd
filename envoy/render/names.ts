/**
 * The names that hang the blocks together. A client never sees them; logs, metrics and the service do.
 */

/** Cluster of the workers that Envoy hands every byte to. */
export const SERVICE_CLUSTER = 'gatehouse_service';

/** The internal listener where a tunnelled connection meets ext_proc, and the cluster that leads to it. */
export const POSTGRES_GATE = 'gatehouse_postgres_gate';

/** Cluster of the gate's own endpoint that answers for an upstream that is down. */
export const ANCHOR_CLUSTER = 'gatehouse_anchor';

/** `:authority` of a tunnel: which listener the client came through, and so which upstream it is for. */
export const tunnelAuthority = (listener: string): string => `${listener}.postgres.gatehouse`;

/** The real server alone. */
export const serverCluster = (upstream: string): string => `server_${upstream}`;

/** The real server, and the anchor behind it. */
export const upstreamCluster = (upstream: string): string => `upstream_${upstream}`;
