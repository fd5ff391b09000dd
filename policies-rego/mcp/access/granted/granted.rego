# METADATA
# title: Grants of groups
# description: |
#   Allows the tools, resources and prompts that data.settings.mcp.groups lists for the principal's groups, and to every
#   known group what data.settings.mcp.everyone lists: sessions, lists, notifications.
# custom:
#   severity: low
#   controls: [A.5.15, A.8.3]
#   protocols: [mcp]
package gatehouse.mcp.access.granted

import data.gatehouse.lib.mcp

allow contains $"Granted to {concat(", ", sort(mcp.known_groups))}." if {
	count(mcp.known_groups) > 0
	input.action.kind in data.settings.mcp.everyone.kinds
}

allow contains $"Granted to {concat(", ", sort(mcp.known_groups))}." if {
	count(mcp.known_groups) > 0
	input.action.kind == "mcp.request"
	input.action.mcp.method in data.settings.mcp.everyone.requests
}

allow contains $"Granted to {concat(", ", sort(granting))}." if count(granting) > 0

granting contains group if {
	[list, name] := mcp.asked
	some group in input.principal.groups
	name in data.settings.mcp.groups[group][list]
}
