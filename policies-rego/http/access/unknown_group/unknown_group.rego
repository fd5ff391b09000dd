# METADATA
# title: No known group
# description: |
#   Nobody acts without a group that the settings know.
# custom:
#   severity: high
#   controls: [A.5.15, A.5.18]
#   protocols: [http]
#   example: {kind: http.request, request: {method: GET}}
package gatehouse.http.access.unknown_group

import data.gatehouse.lib.access

deny contains "None of your groups has a grant here; ask the operator for a token with a group that has." if {
	count(access.known_groups) == 0
}
