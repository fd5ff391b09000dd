/**
 * A request of MCP as it is sealed, shown and released. Form `mcp/2`: who, where, what of the header is not MCP's own,
 * version, method and parameters, in one JSON form whatever their order and white space, since models write the same
 * arguments in another order. What goes on is that very form, so that the server gets the bytes that were approved. JSON-RPC's id is the one sending's, and so is
 * `_meta`: of it goes on what the protocol itself has there, and nothing of others', which no reviewer has judged.
 */
import { bodyTransform } from '../../protocols/http/body/body-transform.ts';
import { canonicalJson } from '../../protocols/mcp/canonical-json.ts';
import type { McpRequest } from '../../protocols/mcp/client-message.ts';
import { methodOf } from '../../protocols/mcp/methods.ts';
import { isParamHeader } from '../../protocols/mcp/param-headers.ts';
import type { DescribedMcp } from '../../protocols/mcp/describe.ts';
import { objectMembers, skipSpace, type JsonMember } from '../../protocols/mcp/json-span.ts';
import { digestOf, headDigest, shownHead } from '../http/held-api-request.ts';
import type { CarriedApproval, HeldForm } from '../http/held-form.ts';
import type { DecidableRequest } from '../http/dialect.ts';

/** Of the protocol itself and of traces (2026-07-28, Overview, `_meta`). */
const PROTOCOL_META: ReadonlySet<string> = new Set([
  'progressToken',
  'io.modelcontextprotocol/protocolVersion',
  'io.modelcontextprotocol/clientInfo',
  'io.modelcontextprotocol/clientCapabilities',
  'io.modelcontextprotocol/logLevel',
  'traceparent',
  'tracestate',
  'baggage',
]);

/** What a client gives back of the gate's. */
export const CARRIED_MEMBERS: ReadonlySet<string> = new Set(['requestState', 'inputResponses']);

/** What any message has, what the body has been found to repeat, and what names a session. */
const OF_MCP: ReadonlySet<string> = new Set([
  'accept',
  'content-type',
  'mcp-method',
  'mcp-protocol-version',
  'mcp-session-id',
]);

/** An extension may say for its own methods what `Mcp-Name` is there: then nothing has been found of it. */
const isOfMcp = (name: string, method: string): boolean =>
  OF_MCP.has(name) || (name === 'mcp-name' && methodOf(method)?.nameSource !== undefined);

export interface HeldCallOptions {
  readonly carried: CarriedApproval | undefined;
  /** Names of headers that do not go on. */
  readonly takenOff: readonly string[];
}

export function heldMcpRequest(
  request: DecidableRequest,
  message: McpRequest,
  { mcp }: DescribedMcp,
  { carried, takenOff }: HeldCallOptions,
): HeldForm {
  const { head, route } = request;
  const json = request.body.bytes as Buffer;
  const { method, version, id } = message;
  const asked = mcp.tool ?? mcp.prompt ?? mcp.resource ?? '';
  let kept: string | undefined;
  const params = (): string => (kept ??= sealedParams(json, carried !== undefined));
  const sealed = head.fields.filter(([name]) => !isOfMcp(name, method) && !takenOff.includes(name));
  // What repeats an argument is shown with it, masked as it is; another spelling of it is sealed all the same.
  const fields = sealed.filter(([name]) => !isParamHeader(name));
  return {
    whole: true,
    digest: (cookies) =>
      digestOf(
        'mcp/2',
        request,
        cookies,
        [
          ['version', version],
          ['mcp_method', method],
          ['params', params()],
        ],
        sealed,
      ),
    // One tool does to one tenant what it does to another: values are those of the message alone.
    similarKey: (cookies) =>
      [method, asked, headDigest(request, cookies, fields, 'this target')]
        .filter((each) => each !== '')
        .join(' '),
    words: `${inWords(method, asked)} on ${route.upstream.name}`,
    language: 'http',
    payload(masking, cookies) {
      const transform = bodyTransform('json', {
        ...masking,
        numbersStayNumbers: false,
        count: () => undefined,
      });
      const text = Buffer.from(`{"method":${JSON.stringify(method)},"params":${params()}}`);
      const message = Buffer.concat([...transform.push(text), ...transform.end()]).toString('utf8');
      return `${shownHead(request, masking, cookies, fields)}\n\n${message}`;
    },
    facts: [
      ['method', method],
      ...(asked === '' ? [] : [[nounOf(method), asked] as const]),
      ['version', version],
      ['host', head.host],
      ['route', route.name],
    ],
    get sealedBody() {
      const meta = metaOf(json);
      const members = params().slice(1, -1);
      const all = [members, meta === '' ? '' : `"_meta":${meta}`].filter((each) => each !== '').join(',');
      const own = `"id":${JSON.stringify(id)},"jsonrpc":"2.0","method":${JSON.stringify(method)}`;
      return Buffer.from(`{${own}${all === '' ? '' : `,"params":{${all}}`}}`);
    },
    carried,
  };
}

/** The message without what is the gate's own in it: every other byte of its parameters stays. */
export function withoutCarried(json: Buffer, { id, method }: McpRequest): Buffer {
  const members = membersOf(json, 'params')
    .filter(({ name }) => !CARRIED_MEMBERS.has(name))
    .map((member) => `${JSON.stringify(member.name)}:${textOf(json, member)}`);
  const own = `"jsonrpc":"2.0","id":${JSON.stringify(id)},"method":${JSON.stringify(method)}`;
  return Buffer.from(`{${own},"params":{${members.join(',')}}}`);
}

function sealedParams(json: Buffer, isCarried: boolean): string {
  const params = memberNamed(json, 'params');
  if (params === undefined) return '{}';
  return canonicalJson(textOf(json, params), new Set(['_meta', ...(isCarried ? CARRIED_MEMBERS : [])]));
}

function metaOf(json: Buffer): string {
  const params = memberNamed(json, 'params');
  if (params === undefined) return '';
  const meta = objectMembers(json, params.start).find(({ name }) => name === '_meta');
  if (meta === undefined) return '';
  const kept = objectMembers(json, meta.start).filter(({ name }) => PROTOCOL_META.has(name));
  return `{${kept.map((member) => `${JSON.stringify(member.name)}:${textOf(json, member)}`).join(',')}}`;
}

const memberNamed = (json: Buffer, wanted: string): JsonMember | undefined =>
  objectMembers(json, skipSpace(json, 0)).find(({ name }) => name === wanted);

function membersOf(json: Buffer, wanted: string): readonly JsonMember[] {
  const member = memberNamed(json, wanted);
  return member === undefined ? [] : objectMembers(json, member.start);
}

const textOf = (json: Buffer, { start, end }: JsonMember): string => json.toString('utf8', start, end);

function inWords(method: string, asked: string): string {
  switch (method) {
    case 'tools/call':
      return `call of tool ${asked}`;
    case 'prompts/get':
      return `get of prompt ${asked}`;
    case 'resources/read':
      return `read of resource ${asked}`;
    default:
      return asked === '' ? method : `${method} of ${asked}`;
  }
}

const nounOf = (method: string): string =>
  method === 'tools/call' ? 'tool' : method === 'prompts/get' ? 'prompt' : 'resource';
