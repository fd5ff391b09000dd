# METADATA
# title: Columns masked for some
# description: |
#   Columns that data.settings.masking.mask marks for groups, on upstreams with certain labels, beside those that the
#   gate's configuration marks for everyone. What such an entry lacks makes it mask more, or makes the gate deny.
# custom:
#   severity: high
#   controls: [A.8.11, A.8.12]
#   protocols: [postgres]
package gatehouse.postgres.masking.mask

import data.gatehouse.lib.audience

oblige contains object.union(
	{
		"kind": "mask",
		"columns": object.get(entry, "columns", []),
		"style": object.get(entry, "style", "full"),
	},
	tag(entry),
) if {
	some entry in data.settings.masking.mask
	not only_fields(entry)
	not audience.spared(entry)
}

# It is about HTTP and MCP.
only_fields(entry) if {
	entry.fields
	not entry.columns
}

default tag(_) := {}

tag(entry) := {"tag": entry.tag}
