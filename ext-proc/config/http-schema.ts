/**
 * The shape of what gatehouse.yaml says of HTTP: listeners with routes, and upstreams that are HTTP APIs or MCP servers.
 * A part of schema.ts; what needs more than one key to judge is in http-checks.ts.
 */
import { z } from 'zod';
import {
  address,
  fileReference,
  host,
  name,
  pathPrefix,
  pathTemplate,
  secretSource,
  text,
  url,
} from './forms.ts';
import { clientTls, labels, plaintext, reportOnly } from './shared-schema.ts';

const route = z
  .strictObject({
    name: name().describe(
      'Names the route in policy (input.session.route) and the audit; unique in its listener.',
    ),
    host: host()
      .default('*')
      .describe(
        'The host that clients ask for, without a port: a name, *.example.com for names under it, or * for any.',
      ),
    prefix: pathPrefix()
      .default('/')
      .describe(
        'What the path begins with, in whole segments: /people fits /people and /people/7, and not /peoples.',
      ),
    upstream: name().describe('The upstream that this route leads to.'),
    inspection: z
      .enum(['full', 'headers', 'authz'], { error: 'must be full, headers or authz' })
      .default('full')
      .describe(
        'full: bodies are read and masked both ways. headers: bodies pass unread. authz: the request is decided, and nothing of its answer is seen.',
      ),
  })
  .describe('Requests that go to one upstream. The first that fits is used.');

export const httpListener = z
  .strictObject({
    name: name().describe('Names the listener in logs, metrics and the audit.'),
    protocol: z
      .literal('http')
      .describe('What is spoken there: HTTP/1.1 and HTTP/2, MCP over them included.'),
    address: address().describe("Where clients connect; an IP address of Envoy's host, or localhost."),
    tls: clientTls('TLS towards clients. Envoy reads these files.').optional(),
    plaintext: plaintext().optional(),
    routes: z.array(route).min(1).max(500, 'must have at most 500 entries').describe('Where requests lead.'),
  })
  .describe('An address where HTTP clients connect.');

const headerName = () =>
  z.string().regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}$/, 'must be the name of a header');

const httpCredential = z
  .strictObject({
    groups: z
      .array(text())
      .min(1)
      .describe('The first entry with a group of the principal\'s is used; "*" is any principal.'),
    bearer: secretSource('A token, sent as Authorization: Bearer.').optional(),
    basic: z
      .strictObject({
        user: text().describe('The user name; no colon in it.'),
        password: secretSource('Its password.'),
      })
      .optional()
      .describe('Sent as Authorization: Basic.'),
    header: z
      .strictObject({
        name: headerName().describe('The name of a header, such as X-API-Key.'),
        value: secretSource('Its value.'),
      })
      .optional()
      .describe('Sent as a header of its own.'),
    oauth: z
      .strictObject({
        tokenUrl: url('https').describe("The token endpoint of the upstream's authorization server."),
        clientId: text().describe("The gate's client there."),
        clientSecret: secretSource("The client's secret."),
        scope: text().optional().describe('The scope to ask for. Default: none.'),
      })
      .optional()
      .describe('A token by OAuth client credentials (RFC 6749 section 4.4), kept until it nears its end.'),
    none: z
      .literal(true, { error: 'must be true' })
      .optional()
      .describe('No credential: the upstream asks for none.'),
  })
  .refine(
    (entry) =>
      [entry.bearer, entry.basic, entry.header, entry.oauth, entry.none].filter((each) => each !== undefined)
        .length === 1,
    { error: 'must name exactly one of bearer, basic, header, oauth and none' },
  )
  .describe('What the upstream is shown, and the groups that get it. No entry, no request.');

export const httpUpstream = z
  .strictObject({
    name: name().describe('Names the upstream in policy (input.upstream.name) and the audit.'),
    protocol: z
      .enum(['http', 'mcp'])
      .describe('What it is: http, an HTTP API; mcp, an MCP server (Streamable HTTP).'),
    address: address().describe('The real server.'),
    tls: z
      .strictObject({
        mode: z
          .enum(['disable', 'verify-full'], { error: 'must be disable or verify-full' })
          .default('verify-full')
          .describe('verify-full, or disable: cleartext, for a server on loopback or in the same pod.'),
        ca: fileReference("The CA of the server's certificate (PEM), a path on Envoy's host.").optional(),
        serverName: text()
          .optional()
          .describe('The name that the certificate must carry. Default: the host of address.'),
      })
      .prefault({})
      .describe('TLS towards the server. It is Envoy that speaks it.'),
    labels: labels(),
    reportOnly: reportOnly(),
    templates: z
      .array(pathTemplate())
      .max(1_000, 'must have at most 1000 entries')
      .default([])
      .describe(
        'Paths of the API with names in braces, such as /people/{id}: policy and records then speak of the template. The first that fits is used.',
      ),
    withheldHeaders: z
      .array(headerName())
      .max(100, 'must have at most 100 entries')
      .default([])
      .describe(
        'Headers of clients that never go on, because the server takes from them who acts, for whom, or in which tenant. Many that are known for it never do, and by some of them a request is refused unless they are named here (docs/http.md).',
      ),
    credentials: z
      .array(httpCredential)
      .min(1)
      .describe('What the upstream is shown by group, first match first.'),
  })
  .describe('A real server.');
