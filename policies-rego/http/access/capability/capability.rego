# METADATA
# title: Missing capability
# description: |
#   Requests that write need a group that has the capability on ordinary upstreams; environment.protected_write judges
#   the protected ones.
# custom:
#   severity: medium
#   controls: [A.5.15, A.8.3]
#   protocols: [http]
#   example: {kind: http.request, request: {method: POST}}
package gatehouse.http.access.capability

import data.gatehouse.lib.access
import data.gatehouse.lib.http

deny contains reason if {
	not access.protected
	count(access.known_groups) > 0
	missing := http.needs - access.granted
	count(missing) > 0
	reason := $"{http.named} needs what your groups lack ({concat(", ", sort(missing))}); only read, or ask for a group that has it."
}
