# METADATA
# title: Read-only agents
# description: |
#   Principals that the settings list as read-only (by group or subject) call no tool that writes, whatever their other
#   groups grant.
# custom:
#   severity: medium
#   controls: [A.5.15, A.8.2]
#   protocols: [mcp]
#   example: {kind: mcp.tool, mcp: {tool: gatehouse_example}}
package gatehouse.mcp.access.read_only_agent

import data.gatehouse.lib.access
import data.gatehouse.lib.mcp

deny contains $"You are read-only here. {mcp.named} may write; call tools that only read." if {
	access.read_only
	mcp.writes
}
