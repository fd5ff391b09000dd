# METADATA
# title: Tools that write in a protected environment
# description: |
#   In a protected environment (label `env: prod`, and upstreams without the label) a tool that writes, or that nobody
#   listed as reading (data.settings.mcp.tools), needs the capability `write`: it waits for approval where a group says
#   so, and is denied otherwise.
# custom:
#   severity: high
#   controls: [A.8.31, A.8.32]
#   protocols: [mcp]
#   example: {kind: mcp.tool, mcp: {tool: gatehouse_example}}
package gatehouse.mcp.tool.protected

import data.gatehouse.lib.access
import data.gatehouse.lib.mcp

applies if {
	access.protected
	count(mcp.known_groups) > 0
	mcp.writes
	not "write" in access.granted
}

hold contains $"{mcp.named} needs a reviewer's approval (it may write, in a protected environment)." if {
	applies
	"write" in access.holdable
}

deny contains $"{mcp.named} may write, and this is a protected environment; try it on a development server." if {
	applies
	not "write" in access.holdable
}
