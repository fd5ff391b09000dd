# METADATA
# title: Restricted paths
# description: |
#   Paths that the settings close (data.settings.http.restricted), but to the groups that an entry excepts. They fit as a
#   lenient server reads a path.
# custom:
#   severity: high
#   controls: [A.8.3, A.8.20]
#   protocols: [http]
#   example: {kind: http.request, request: {path: data.settings.http.restricted.0.paths.0}}
package gatehouse.http.path.restricted

import data.gatehouse.lib.http

deny contains $"{http.named} is closed here; do without it, or ask the policy's owner for a group that may." if {
	some entry in data.settings.http.restricted
	http.closed(entry)
}
