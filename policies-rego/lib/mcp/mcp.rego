# METADATA
# title: An MCP action as rules see it
# description: |
#   What is called or read, and who is known to an MCP server's grants.
package gatehouse.lib.mcp

import data.gatehouse.lib.access

# The principal's groups that the settings know, for MCP or at all.
known_groups contains group if some group in access.known_groups

known_groups contains group if {
	some group in input.principal.groups
	data.settings.mcp.groups[group]
}

# What the settings list, and the name that must be on the list.
asked := ["tools", input.action.mcp.tool] if input.action.kind == "mcp.tool"

asked := ["resources", input.action.mcp.resource] if input.action.kind == "mcp.resource"

asked := ["prompts", input.action.mcp.prompt] if input.action.kind == "mcp.prompt"
