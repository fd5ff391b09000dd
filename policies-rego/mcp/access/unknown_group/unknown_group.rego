# METADATA
# title: No known group
# description: |
#   Nobody acts without a group that the settings know: not even to open a session.
# custom:
#   severity: high
#   controls: [A.5.15, A.5.18]
#   protocols: [mcp]
#   example: {kind: mcp.session}
package gatehouse.mcp.access.unknown_group

import data.gatehouse.lib.mcp

deny contains "None of your groups has a grant here; ask the operator for a token with a group that has." if {
	count(mcp.known_groups) == 0
}
