/**
 * The names that hang the blocks together. A client never sees them; logs, metrics and the service do. All begin with
 * `gatehouse_`, so that the blocks can live in an Envoy that has others.
 */

/** Cluster of the workers that Envoy hands every byte to. */
export const SERVICE_CLUSTER = 'gatehouse_service';

/** Envoy's certificate for the service, and the CA of the service, where it is on another host. */
export const SERVICE_CERTIFICATE_SECRET = 'gatehouse_service_certificate';
export const SERVICE_CA_SECRET = 'gatehouse_service_ca';

/** The certificate that an HTTP listener shows. */
export const listenerSecret = (listener: string): string => `gatehouse_certificate_${listener}`;

/** The internal listener where a tunnelled connection meets ext_proc, and the cluster that leads to it. */
export const POSTGRES_GATE = 'gatehouse_postgres_gate';

/** Cluster of the gate's own endpoint that answers for an upstream that is down. */
export const ANCHOR_CLUSTER = 'gatehouse_anchor';

/** `:authority` of a tunnel: which listener the client came through, and so which upstream it is for. */
export const tunnelAuthority = (listener: string): string => `${listener}.postgres.gatehouse`;

/** Where clients connect. */
export const clientListener = (listener: string): string => `gatehouse_${listener}`;

/** Where Envoy offers the service its own connection to an upstream. */
export const serviceListenerName = (upstream: string): string => `gatehouse_service_${upstream}`;

/** Where Envoy takes the service's own requests to an HTTP upstream. */
export const egressListenerName = (upstream: string): string => `gatehouse_egress_${upstream}`;

/** The real server alone. */
export const serverCluster = (upstream: string): string => `gatehouse_server_${upstream}`;

/** The real server, and the anchor behind it. */
export const upstreamCluster = (upstream: string): string => `gatehouse_upstream_${upstream}`;

/** A route as Envoy names it to the service: `<listener>/<route>`, of names that hold no slash. */
export const routeName = (listener: string, route: string): string => `${listener}/${route}`;

/** The route of an HTTP listener on which clients ask for the state of an approval; no configured name holds a dot. */
export const approvalStatusRoute = (listener: string): string => routeName(listener, 'gatehouse.approvals');
