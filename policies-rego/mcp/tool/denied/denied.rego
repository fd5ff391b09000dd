# METADATA
# title: Denied tools
# description: |
#   Tools that nobody calls through the gate (data.settings.mcp.tools.denied), whatever is granted, but the groups that
#   an entry excepts.
# custom:
#   severity: high
#   controls: [A.8.3, A.8.18]
#   protocols: [mcp]
#   example: {kind: mcp.tool, mcp: {tool: data.settings.mcp.tools.denied.0.tools.0}}
package gatehouse.mcp.tool.denied

import data.gatehouse.lib.mcp

deny contains reason(entry) if {
	some entry in data.settings.mcp.tools.denied
	mcp.closed(entry)
}

reason(entry) := $"{mcp.named} is denied: {entry.reason}" if is_string(entry.reason)

else := $"{mcp.named} is denied; do without it, or ask a person to do this."
