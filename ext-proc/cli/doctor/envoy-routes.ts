/**
 * The routes through the gate: that nothing on them sends a request twice, and nothing cuts a held session off.
 */
import type { Gate } from './envoy-ext-proc.ts';
import type { Check } from './check.ts';
import { failure, warning } from './check.ts';
import type { EnvoyTree, JsonObject, RouteSight } from './envoy-tree.ts';
import { array, at, durationMs, httpOptions, object, routeConfig, routesOf, text } from './envoy-tree.ts';

/** The retries and mirrors of a route, from wherever they may come. */
export function repeats({ listener, manager }: Gate, tree: EnvoyTree): readonly Check[] {
  const config = routeConfig(manager, tree);
  if (config === undefined) {
    return [
      warning(
        'envoy.retries',
        listener,
        'its routes come from elsewhere and cannot be seen here',
        'run the doctor against the running Envoy',
      ),
    ];
  }
  return routesOf(config).flatMap((sight) => routeRepeats(listener, sight, config, tree));
}

function routeRepeats(
  listener: string,
  { name, route, virtualHost }: RouteSight,
  config: JsonObject,
  tree: EnvoyTree,
): readonly Check[] {
  const id = 'envoy.retries';
  const subject = `${listener}, route ${name}`;
  const action = object(route['route']);
  const options = httpOptions(tree.clusters.find((each) => each['name'] === action['cluster']) ?? {});
  const policies = [action['retry_policy'], virtualHost['retry_policy'], options['retry_policy']].filter(
    (each) => each !== undefined,
  );
  const checks = policies.flatMap((policy) => {
    const conditions = text(at(policy, 'retry_on'))
      .split(',')
      .map((each) => each.trim())
      .filter((each) => each !== '');
    const unsafe = conditions.filter((each) => each !== 'connect-failure');
    if (unsafe.length === 0) return [];
    return [
      failure(
        id,
        subject,
        `a write could run twice: it is retried on ${unsafe.join(', ')}`,
        'leave only connect-failure in retry_on',
      ),
    ];
  });
  for (const [key, place] of [
    ['retry_policy_typed_config', action],
    ['retry_policy_typed_config', virtualHost],
  ] as const) {
    if (place[key] !== undefined)
      checks.push(failure(id, subject, `${key} retries in a way that is not known here`, 'remove it'));
  }
  if ([action, virtualHost].some((place) => place['hedge_policy'] !== undefined)) {
    checks.push(
      failure(
        id,
        subject,
        'a write could run twice: hedge_policy sends requests again',
        'remove hedge_policy',
      ),
    );
  }
  if (
    [action, virtualHost, config, options].some((place) => array(place['request_mirror_policies']).length > 0)
  ) {
    checks.push(
      failure(
        id,
        subject,
        'a write would run twice: the request is mirrored',
        'remove request_mirror_policies',
      ),
    );
  }
  return checks;
}

export function timeouts({ listener, manager }: Gate, tree: EnvoyTree): readonly Check[] {
  const id = 'envoy.timeouts';
  const cut = (subject: string, key: string, value: unknown, byDefault: string): readonly Check[] => {
    if (durationMs(value) === 0) return [];
    const after = value === undefined ? `${byDefault}, the default` : text(value);
    return [
      failure(id, subject, `${key} ends a session that is silent or long after ${after}`, `set ${key}: 0s`),
    ];
  };
  const routes = routeConfig(manager, tree);
  return [
    ...cut(listener, 'stream_idle_timeout', manager['stream_idle_timeout'], '5 minutes'),
    ...(routes === undefined ? [] : routesOf(routes)).flatMap(({ name, route }) => {
      const action = object(route['route']);
      if (route['route'] === undefined) return [];
      const subject = `${listener}, route ${name}`;
      const idle =
        action['idle_timeout'] === undefined ? manager['stream_idle_timeout'] : action['idle_timeout'];
      return [
        ...cut(subject, 'timeout', action['timeout'], '15 seconds'),
        ...cut(subject, 'idle_timeout', idle, '5 minutes'),
      ];
    }),
  ];
}
