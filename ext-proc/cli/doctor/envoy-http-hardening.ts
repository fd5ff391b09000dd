/**
 * How a connection manager reads what clients send: what two servers could read in two ways is refused or made one, and
 * nobody but Envoy says whom a request is from. Each setting is held by test/envoy/http-hardening.test.ts.
 */
import { STRICT_CHUNKS } from '../../../envoy/render/bootstrap.ts';
import { NOT_FROM_CLIENTS } from '../../../envoy/render/http-listener.ts';
import type { Check } from './check.ts';
import { failure, warning } from './check.ts';
import type { EnvoyTree, JsonObject } from './envoy-tree.ts';
import { array, at, configOf, object, text } from './envoy-tree.ts';

const ID = 'envoy.http_hardening';

/** A setting, the value that it must have, and what goes wrong otherwise. */
const WANTED: readonly (readonly [readonly string[], unknown, string])[] = [
  [['normalize_path'], true, 'policy sees another path than the server: dot segments go on as they are'],
  [['merge_slashes'], true, 'policy sees another path than the server: empty segments go on as they are'],
  [
    ['path_with_escaped_slashes_action'],
    'REJECT_REQUEST',
    'policy sees another path than the server: encoded slashes are taken',
  ],
  [['use_remote_address'], true, 'a client says by X-Forwarded-For from where it comes'],
  [
    ['common_http_protocol_options', 'headers_with_underscores_action'],
    'REJECT_REQUEST',
    'some servers take Content_Length for Content-Length: names with underscores go on',
  ],
];

/** Settings that must not be there, or not be so. */
const UNWANTED: readonly (readonly [readonly string[], (value: unknown) => boolean, string])[] = [
  [
    ['xff_num_trusted_hops'],
    (value) => Number(value) > 0,
    'a client says by X-Forwarded-For from where it comes',
  ],
  [
    ['original_ip_detection_extensions'],
    (value) => array(value).length > 0,
    'a client may say by a header from where it comes',
  ],
  [
    ['http_protocol_options', 'allow_chunked_length'],
    (value) => value === true,
    'a request with Content-Length and chunks is taken: two servers may find two requests in it',
  ],
  [['http_protocol_options', 'accept_http_10'], (value) => value === true, 'HTTP/1.0 is taken'],
  [
    ['http_protocol_options', 'enable_trailers'],
    (value) => value === true,
    'trailers go on, and nobody decides on them',
  ],
  [['strip_any_host_port'], (value) => value === true, 'the service sees another host than the client named'],
];

export function httpHardening(subject: string, manager: JsonObject, tree: EnvoyTree): readonly Check[] {
  const named = (path: readonly string[]): string => path.join('.');
  return [
    ...WANTED.filter(([path, value]) => at(manager, ...path) !== value).map(([path, value, harm]) =>
      failure(ID, subject, harm, `set ${named(path)}: ${String(value)}`),
    ),
    ...UNWANTED.filter(([path, isWrong]) => isWrong(at(manager, ...path))).map(([path, , harm]) =>
      failure(ID, subject, harm, `remove ${named(path)}`),
    ),
    ...spokenHeaders(subject, manager),
    ...upgrades(subject, manager),
    ...chunks(subject, tree),
    ...(manager['local_reply_config'] === undefined
      ? [
          warning(
            ID,
            subject,
            'what Envoy answers by itself has no form that a program can read',
            'add local_reply_config as gatehouse envoy render does',
          ),
        ]
      : []),
  ];
}

/** Headers that steer Envoy or speak for the gate, taken off before anything looks at them. */
function spokenHeaders(subject: string, manager: JsonObject): readonly Check[] {
  const removed = array(manager['early_header_mutation_extensions'])
    .flatMap((each) => array(at(configOf(each, 'HeaderMutation'), 'mutations')))
    .map((each) => object(at(each, 'remove_on_match', 'key_matcher')));
  return NOT_FROM_CLIENTS.flatMap(({ prefix, exact }) => {
    if (removed.some((each) => each['prefix'] === prefix && each['exact'] === exact)) return [];
    const name = prefix === undefined ? text(exact) : `${text(prefix)}*`;
    const next = 'add early_header_mutation_extensions as gatehouse envoy render does';
    const detail = `a client's ${name} headers are taken`;
    return [
      text(prefix) === 'x-envoy-' || text(prefix) === 'x-gatehouse-'
        ? failure(ID, subject, `${detail}: they steer Envoy, or speak for the gate`, next)
        : warning(ID, subject, `${detail}: servers may believe them`, next),
    ];
  });
}

function upgrades(subject: string, manager: JsonObject): readonly Check[] {
  const others = array(manager['upgrade_configs'])
    .map((each) => text(at(each, 'upgrade_type')))
    .filter((each) => each.toLowerCase() !== 'websocket');
  return others.map((each) =>
    failure(
      ID,
      subject,
      `the upgrade ${each} is allowed: the gate cannot read it`,
      'remove it from upgrade_configs',
    ),
  );
}

function chunks(subject: string, { runtimeLayers }: EnvoyTree): readonly Check[] {
  const values = runtimeLayers
    .map((layer) => at(layer, 'static_layer', STRICT_CHUNKS))
    .filter((each) => each !== undefined);
  if (String(values.at(-1)) === 'true') return [];
  return [
    failure(
      ID,
      subject,
      'a chunk that ends elsewhere than it says is taken: two servers may read two bodies',
      `set ${STRICT_CHUNKS}: true in layered_runtime`,
    ),
  ];
}
