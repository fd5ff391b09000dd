# METADATA
# title: Writes in a protected environment
# description: |
#   In a protected environment (label `env: prod`, and upstreams without the label) more than reading waits for
#   approval where a group says so, and is denied otherwise.
# custom:
#   severity: high
#   controls: [A.8.31, A.8.32]
#   protocols: [http]
#   example: {kind: http.request, request: {method: POST}}
package gatehouse.http.environment.protected_write

import data.gatehouse.lib.access
import data.gatehouse.lib.http

missing := http.needs - access.granted

applies if {
	access.protected
	count(access.known_groups) > 0
	count(missing) > 0
}

approvable if count(missing - access.holdable) == 0

hold contains reason if {
	applies
	approvable
	reason := $"{http.named} needs a reviewer's approval ({concat(", ", sort(missing))} in a protected environment)."
}

deny contains reason if {
	applies
	not approvable
	reason := $"{http.named} is not let through in a protected environment ({concat(", ", sort(missing))}); try it on a development upstream."
}
