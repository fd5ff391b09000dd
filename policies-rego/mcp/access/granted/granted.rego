# METADATA
# title: Grants of groups
# description: |
#   Allows the tools, resources and prompts that data.settings.mcp.groups lists for the principal's groups, and to every
#   known group what data.settings.mcp.everyone lists (sessions, lists, notifications, ping).
# custom:
#   severity: low
#   controls: [A.5.15, A.8.3]
#   protocols: [mcp]
#   example: {kind: mcp.list}
package gatehouse.mcp.access.granted

import data.gatehouse.lib.mcp

allow contains $"Granted to {concat(", ", sort(mcp.known_groups))}." if {
	count(mcp.known_groups) > 0
	mcp.open_to_known
}

allow contains $"Granted to {concat(", ", sort(mcp.granting))}." if count(mcp.granting) > 0
