/** Makes from the configuration what HTTP exchanges are handed: routes, credentials, masking, sessions. */
import { hash } from 'node:crypto';
import { join } from 'node:path';
import { createHttpCredentialSource } from './adapters/credentials/http-credential-source.ts';
import { createHttpEgress } from './adapters/egress/http-egress.ts';
import type { GatehouseConfig } from './config/config.ts';
import type { HttpUpstreamConfig } from './config/http-config.ts';
import { egressSocket } from './config/socket-paths.ts';
import type { ComposedMasking } from './compose-masking.ts';
import { revealSecret } from './domain/secret.ts';
import { keptSecret } from './embedded/kept-secret.ts';
import type { HttpGate, HttpRoute } from './exchange/http/http-gate.ts';
import { hmacSha256 } from './masking/styles/hmac-sha256.ts';
import { pathTemplates } from './protocols/http/path-templates.ts';
import { createTagSeal } from './protocols/http/tag-seal.ts';
import { createMcpSessions } from './protocols/mcp/sessions.ts';
import { createToolSchemas } from './protocols/mcp/tool-schemas.ts';

export interface HttpParts extends Pick<
  HttpGate,
  | 'clock'
  | 'random'
  | 'policy'
  | 'verifier'
  | 'state'
  | 'journal'
  | 'metrics'
  | 'refusedConnections'
  | 'approvals'
  | 'log'
> {
  readonly masking: ComposedMasking;
}

const SESSION_KEY_BYTES = 32;

export async function composeHttp(config: GatehouseConfig, parts: HttpParts): Promise<HttpGate> {
  const { masking, ...ports } = parts;
  const hmac = hmacSha256(await sealingKey(config, masking));
  return {
    ...ports,
    masking: {
      ...masking,
      version: hash('sha256', JSON.stringify(config.masking), 'hex'),
      tags: createTagSeal(hmac),
    },
    credentials: createHttpCredentialSource({
      upstreams: config.httpUpstreams,
      clock: ports.clock,
      log: ports.log,
    }),
    progress: waitingProgress(config),
    routes: httpRoutes(config),
    issuers: config.issuers.map(({ issuer }) => issuer),
    mcpSessions: createMcpSessions(hmac),
    toolSchemas: createToolSchemas(),
    live: new Set(),
    waiting: { bytes: 0 },
  };
}

/** Only where Envoy has a way for it: envoy/render/egress-listener.ts. */
function waitingProgress({ approvals, service }: GatehouseConfig): HttpGate['progress'] {
  if (approvals === undefined || service.remote !== undefined) return undefined;
  return {
    egress: createHttpEgress((upstream) => egressSocket(service.socketDirectory, upstream)),
    noticeIntervalMs: approvals.noticeIntervalMs,
  };
}

function httpRoutes(config: GatehouseConfig): ReadonlyMap<string, HttpRoute> {
  const routes = new Map<string, HttpRoute>();
  for (const listener of config.httpListeners) {
    for (const { name, prefix, inspection, upstream } of listener.routes) {
      const server = config.httpUpstreams.find((each) => each.name === upstream) as HttpUpstreamConfig;
      const route = `${listener.name}/${name}`;
      routes.set(route, {
        name: route,
        prefix,
        inspection,
        upstream: {
          name: server.name,
          protocol: server.protocol,
          labels: server.labels,
          templates: pathTemplates(server.templates),
          withheldHeaders: new Set(server.withheldHeaders),
          fields: config.masking.fields.filter(
            (rule) => rule.upstream === undefined || rule.upstream === server.name,
          ),
        },
      });
    }
  }
  return routes;
}

/**
 * What seals MCP sessions and entity tags. Any worker may get the next request with one: those of a fleet share the key of
 * masking, those of one host a key that is kept in the state directory.
 */
async function sealingKey(config: GatehouseConfig, { key }: ComposedMasking): Promise<Uint8Array> {
  if (key === undefined) {
    return Buffer.from(
      await keptSecret(join(config.service.stateDirectory, 'mcp-sessions.key'), SESSION_KEY_BYTES),
    );
  }
  return Buffer.from(hmacSha256(revealSecret(key))('gatehouse mcp session key 1', ''), 'latin1');
}
