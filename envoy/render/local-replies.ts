/** The form of what Envoy answers by itself to HTTP clients (RFC 9457), and that the service's own answers stay as they are. */
import type { EnvoyBlock } from './block.ts';
import { extension, remarked } from './block.ts';

/**
 * The details by which Envoy knows answers of the service's: those by ext_proc have a code of the gate's there, or the name
 * of a document that it serves (authorization-replies.ts, approval-status.ts); those by ext_authz are all called alike.
 */
const OWN_REPLIES =
  "response.code_details.startsWith('GH_') || response.code_details in ['protected_resource_metadata', 'approval_status', 'ext_authz_denied']";

/**
 * What Envoy answers by itself gets the form of the gate's denials. The detail is Envoy's word for what went wrong, never a
 * client's text; where Envoy adds addresses and paths of its own to it, they stay here.
 */
export function localReplies(): EnvoyBlock {
  return {
    mappers: [
      remarked("The service's own answers stay as they are.", {
        filter: detailsFilter(OWN_REPLIES),
        body_format_override: { text_format_source: { inline_string: '%LOCAL_REPLY_BODY%' } },
      }),
      remarked("The rest is Envoy's. Its word for what happened, without addresses and paths of this host.", {
        filter: detailsFilter("response.code_details.startsWith('ext_proc_error')"),
        body_format_override: problem('ext_proc_error'),
      }),
      {
        filter: detailsFilter("response.code_details.contains('{')"),
        body_format_override: problem('%RESPONSE_FLAGS_LONG%'),
      },
    ],
    body_format: problem('%RESPONSE_CODE_DETAILS%'),
  };
}

const detailsFilter = (expression: string): EnvoyBlock => ({
  extension_filter: extension(
    'envoy.access_loggers.extension_filters.cel',
    'envoy.extensions.access_loggers.filters.cel.v3.ExpressionFilter',
    { expression },
  ),
});

const problem = (detail: string): EnvoyBlock => ({
  json_format: {
    type: 'urn:gatehouse:error:GH_HTTP_ENVOY',
    title: 'The gate could not carry this request.',
    status: '%RESPONSE_CODE%',
    code: 'GH_HTTP_ENVOY',
    detail,
  },
  content_type: 'application/problem+json',
});
