# METADATA
# title: Not listed for the group
# description: |
#   Tools, resources, prompts and other requests that no list of data.settings.mcp has for the principal's groups.
# custom:
#   severity: medium
#   controls: [A.5.15, A.8.3]
#   protocols: [mcp]
#   example: {kind: mcp.tool, mcp: {tool: gatehouse_example}}
package gatehouse.mcp.access.unlisted

import data.gatehouse.lib.mcp

deny contains $"{mcp.named} is not granted to your groups ({concat(", ", sort(mcp.known_groups))}); use what is, or ask the policy's owner to list it." if {
	count(mcp.known_groups) > 0
	mcp.asked
	count(mcp.granting) == 0
}

deny contains "This kind of request is not let through to MCP servers; use tools, resources and prompts." if {
	count(mcp.known_groups) > 0
	not mcp.asked
	not mcp.open_to_known
}
