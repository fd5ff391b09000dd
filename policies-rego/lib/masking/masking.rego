# METADATA
# title: Masking of HTTP and MCP
# description: |
#   What data.settings.masking says of fields, headers and bodies, as obligations. HTTP and MCP have the same.
package gatehouse.lib.masking

import data.gatehouse.lib.audience
import data.gatehouse.lib.sensitivity

reveals contains {"kind": "reveal_fields", "fields": entry.fields} if {
	some entry in opened
	count(entry.fields) > 0
}

reveals contains {"kind": "reveal_headers", "headers": entry.headers} if {
	some entry in opened
	count(entry.headers) > 0
}

reveals contains {"kind": "reveal_found", "kinds": entry.found} if {
	some entry in opened
	count(entry.found) > 0
}

opened contains entry if {
	some entry in data.settings.masking.reveal
	audience.opened(entry)
}

# An entry of `columns` alone is about databases.
masks contains object.union(
	{
		"kind": "mask_fields",
		"fields": object.get(entry, "fields", []),
		"style": object.get(entry, "style", "full"),
		"direction": object.get(entry, "direction", "both"),
	},
	tag(entry),
) if {
	some entry in data.settings.masking.mask
	not only_columns(entry)
	not audience.spared(entry)
}

only_columns(entry) if {
	entry.columns
	not entry.fields
}

default tag(_) := {}

tag(entry) := {"tag": entry.tag}

removals contains {"kind": "remove_fields", "fields": object.get(entry, "fields", [])} if {
	some entry in data.settings.masking.remove
	not audience.spared(entry)
	not audience.excepted(entry)
}

unreadable contains {"kind": "pass_unreadable", "direction": "both"} if not sensitivity.sensitive

unreadable contains {"kind": "pass_unreadable", "direction": entry.direction} if {
	sensitivity.sensitive
	some entry in data.settings.masking.unreadable
	audience.opened(entry)
}
