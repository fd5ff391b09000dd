# METADATA
# title: Tools that a reviewer approves
# description: |
#   Calls of tools that the settings hold for approval (data.settings.mcp.tools.held: `tools` by name or pattern,
#   `reason` and `terms`). A tool must be granted all the same.
# custom:
#   severity: medium
#   controls: [A.5.3, A.8.3, A.8.18]
#   protocols: [mcp]
#   example: {kind: mcp.tool, mcp: {tool: data.settings.mcp.tools.held.0.tools.0}}
package gatehouse.mcp.approval.held_tool

import data.gatehouse.lib.mcp

hold contains reason_of(entry) if some entry in entries

terms contains object.get(entry, "terms", {}) if some entry in entries

# What lacks a member holds more.
entries := [entry |
	some entry in data.settings.mcp.tools.held
	mcp.closed(entry)
]

reason_of(entry) := entry.reason if is_string(entry.reason)

else := $"{mcp.named} needs a reviewer's approval."
