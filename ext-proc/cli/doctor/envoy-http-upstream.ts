/** The cluster of an HTTP upstream: that Envoy takes nobody for the server who cannot prove its name. */
import type { HttpUpstreamConfig } from '../../config/http-config.ts';
import { formatAddress, isLoopbackHost } from '../../config/units.ts';
import type { Check } from './check.ts';
import { failure, ok, warning } from './check.ts';
import type { EnvoyTree, JsonObject } from './envoy-tree.ts';
import { array, at, configOf, endpointsOf, normal, object, text } from './envoy-tree.ts';

const ID = 'envoy.upstream_tls';

/** Of every cluster with this server as an endpoint. */
export function httpUpstreamSettings(upstream: HttpUpstreamConfig, tree: EnvoyTree): readonly Check[] {
  const subject = `upstream ${upstream.name}`;
  const address = normal(formatAddress(upstream.address));
  const clusters = tree.clusters.filter((each) => endpointsOf(each).map(normal).includes(address));
  if (clusters.length === 0) {
    return [
      failure(
        ID,
        subject,
        `no cluster leads to ${address}`,
        'render the configuration again and restart Envoy',
      ),
    ];
  }
  const checks = clusters.flatMap((cluster) => tlsOf(cluster, upstream, subject));
  if (checks.length > 0) return checks;
  if (upstream.tls !== undefined)
    return [ok(ID, subject, `the server is verified as ${upstream.tls.serverName}`)];
  if (isLoopbackHost(upstream.address.host)) return [ok(ID, subject, 'no TLS, on loopback')];
  return [
    warning(
      ID,
      subject,
      'credentials and data go to the server without TLS',
      'set tls.mode: verify-full, unless the server is in the same pod',
    ),
  ];
}

function tlsOf(cluster: JsonObject, { tls }: HttpUpstreamConfig, subject: string): readonly Check[] {
  if (tls === undefined) return [];
  const name = text(cluster['name']);
  const wrong = (detail: string, next: string): readonly Check[] => [
    failure(ID, subject, `${name}: ${detail}`, next),
  ];
  const context = configOf(cluster['transport_socket'], 'UpstreamTlsContext');
  if (context === undefined)
    return wrong('credentials and data go to the server without TLS', 'add a transport_socket with TLS');
  const common = object(context['common_tls_context']);
  const validation = object(
    common['validation_context'] ?? at(common, 'combined_validation_context', 'default_validation_context'),
  );
  const hasCa =
    validation['trusted_ca'] !== undefined ||
    validation['system_root_certs'] !== undefined ||
    at(common, 'combined_validation_context', 'validation_context_sds_secret_config') !== undefined;
  if (!hasCa || validation['trust_chain_verification'] === 'ACCEPT_UNTRUSTED')
    return wrong('any certificate is taken', 'set trusted_ca in validation_context');
  const names = array(validation['match_typed_subject_alt_names']).map((each) =>
    text(at(each, 'matcher', 'exact')),
  );
  if (!names.includes(tls.serverName) && context['auto_san_validation'] !== true)
    return wrong(
      `a certificate of another name than ${tls.serverName} is taken`,
      `set match_typed_subject_alt_names to ${tls.serverName}`,
    );
  return [];
}
