/**
 * The parameters that policy reads, checked before it does: whatever names a tool, a resource or a prompt has one
 * reading, here and at the server (schema.ts of each version).
 */
import { hasLookalike, isJsonObject, memberOf, type JsonObject } from './json-rpc.ts';
import { CAPABILITIES_META_KEY, VERSION_META_KEY } from './protocol-version.ts';

/** What is wrong, in words for the client that repeat nothing of it. */
type Problem = string | undefined;

/** Members that say what a request is about: a second spelling of one would be another parser's answer. */
const READ_MEMBERS = ['_meta', 'name', 'uri', 'arguments', 'ref', 'argument', 'context', 'notifications'];

export function problemOfParams(method: string, params: JsonObject): Problem {
  if (hasLookalike(params, READ_MEMBERS))
    return 'params has a member that differs from a known one in case only';
  const meta = memberOf(params, '_meta');
  if (Object.hasOwn(params, '_meta') && !isJsonObject(meta)) return 'params._meta must be an object';
  if (isJsonObject(meta) && hasLookalike(meta, [VERSION_META_KEY, CAPABILITIES_META_KEY])) {
    return 'params._meta has a member that differs from a known one in case only';
  }
  switch (method) {
    case 'tools/call':
    case 'prompts/get':
      return mustBeString(params, 'name') ?? mayBeObject(params, 'arguments');
    case 'resources/read':
    case 'resources/subscribe':
    case 'resources/unsubscribe':
      return mustBeUri(memberOf(params, 'uri'), 'params.uri');
    case 'completion/complete':
      return problemOfCompletion(params);
    case 'subscriptions/listen':
      return problemOfListen(params);
    case 'initialize':
      return mustBeVersion(params) ?? mayBeObject(params, 'capabilities');
    case 'tasks/get':
    case 'tasks/update':
    case 'tasks/cancel':
    case 'tasks/result':
      return mustBeString(params, 'taskId');
    default:
      return undefined;
  }
}

function problemOfCompletion(params: JsonObject): Problem {
  const ref = memberOf(params, 'ref');
  if (!isJsonObject(ref) || hasLookalike(ref, ['type', 'name', 'uri']))
    return 'params.ref must be a reference';
  switch (memberOf(ref, 'type')) {
    case 'ref/prompt':
      if (Object.hasOwn(ref, 'uri')) return 'params.ref names a prompt and a resource';
      return mustBeString(ref, 'name', 'params.ref') ?? mayBeObject(params, 'argument');
    case 'ref/resource':
      if (Object.hasOwn(ref, 'name')) return 'params.ref names a prompt and a resource';
      return mustBeUri(memberOf(ref, 'uri'), 'params.ref.uri') ?? mayBeObject(params, 'argument');
    default:
      return 'params.ref.type must be ref/prompt or ref/resource';
  }
}

function problemOfListen(params: JsonObject): Problem {
  const filter = memberOf(params, 'notifications');
  if (!isJsonObject(filter)) return 'params.notifications must be an object';
  if (hasLookalike(filter, ['resourceSubscriptions'])) {
    return 'params.notifications has a member that differs from a known one in case only';
  }
  const uris = memberOf(filter, 'resourceSubscriptions');
  if (uris === undefined) return undefined;
  if (!Array.isArray(uris)) return 'params.notifications.resourceSubscriptions must be a list of URIs';
  const problems = uris.map((uri) => mustBeUri(uri, 'each of params.notifications.resourceSubscriptions'));
  return problems.find((problem) => problem !== undefined);
}

/** Any version may be asked for: the server answers with one that it has. */
function mustBeVersion(params: JsonObject): Problem {
  const asked = memberOf(params, 'protocolVersion');
  return typeof asked === 'string' && /^[\w.-]{1,32}$/.test(asked)
    ? undefined
    : 'params.protocolVersion must be a version';
}

/** Segments that a server takes out of a path (RFC 3986 section 5.2.4), written as they are or encoded. */
const DOT_SEGMENT = /(?:[/\\]|%2f|%5c)(?:\.|%2e){1,2}(?:[/\\?#]|%2f|%5c|$)/i;

/** With a dot segment it would name one thing to policy and another to the server. */
function mustBeUri(uri: unknown, name: string): Problem {
  return typeof uri === 'string' && !/[\x00-\x1f\x7f]/.test(uri) && !DOT_SEGMENT.test(uri)
    ? undefined
    : `${name} must be a URI without dot segments and control characters`;
}

function mustBeString(object: JsonObject, member: string, of = 'params'): Problem {
  return typeof memberOf(object, member) === 'string' ? undefined : `${of}.${member} must be a string`;
}

function mayBeObject(object: JsonObject, member: string): Problem {
  return !Object.hasOwn(object, member) || isJsonObject(object[member])
    ? undefined
    : `params.${member} must be an object`;
}
