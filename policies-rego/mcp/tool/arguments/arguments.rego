# METADATA
# title: Arguments of tools
# description: |
#   What must not stand in an argument of a tool (data.settings.mcp.tools.arguments: `tools`, `argument`, in any case of
#   its letters, an expression `matches` for its value, `verdict`, `reason` and `terms`).
# custom:
#   severity: medium
#   controls: [A.8.26, A.8.3]
#   protocols: [mcp]
#   example: {kind: mcp.tool, mcp: {tool: data.settings.mcp.tools.arguments.0.tools.0, arguments: {term: "%"}}}
package gatehouse.mcp.tool.arguments

import data.gatehouse.lib.fields
import data.gatehouse.lib.mcp
import data.gatehouse.lib.pattern

# Lists, not sets: what is looked at may be large, and a set compares its members.
looked := [[entry, fields.look(object.get(entry, "argument", "**"), input.action.mcp.argument_fields)] |
	some entry in data.settings.mcp.tools.arguments
	mcp.closed(entry)
]

deny contains $"{mcp.named}: a rule looks at the arguments, and they are nested too deeply; send them flatter." if {
	some [_, look] in looked
	fields.too_deep(look)
}

deny contains reason_of(entry) if {
	some entry in found
	not held(entry)
}

hold contains reason_of(entry) if {
	some entry in found
	held(entry)
}

terms contains object.get(entry, "terms", {}) if {
	some entry in found
	held(entry)
}

found := [entry |
	some [entry, look] in looked
	pattern.found(entry, fields.at(look))
]

held(entry) if entry.verdict == "hold"

reason_of(entry) := entry.reason if is_string(entry.reason)

else := $"{mcp.named}: what stands in {object.get(entry, "argument", "its arguments")} is not let through; ask the policy's owner what may."
