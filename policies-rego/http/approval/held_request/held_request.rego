# METADATA
# title: Requests that a reviewer approves
# description: |
#   Requests that the settings hold for approval (data.settings.http.held: `paths`, `methods`, `items_min` for what
#   changes many things at once, `reason` and `terms`). A WebSocket is held where it is opened, and its messages where
#   an entry says `messages`.
# custom:
#   severity: medium
#   controls: [A.5.3, A.8.3, A.8.32]
#   protocols: [http]
#   example: {kind: http.request, request: {method: data.settings.http.held.0.methods.0, path: data.settings.http.held.0.paths.0}}
package gatehouse.http.approval.held_request

import data.gatehouse.lib.http

hold contains reason_of(entry) if some entry in entries

terms contains object.get(entry, "terms", {}) if some entry in entries

# What lacks a member holds more.
entries := [entry |
	some entry in data.settings.http.held
	http.closed(entry)
	of_kind(entry)
	not few(entry)
]

of_kind(_) if input.action.kind in {"http.request", "http.websocket"}

of_kind(entry) if {
	input.action.kind == "http.message"
	entry.messages == true
}

# The body was read, and holds fewer things than the entry is about.
few(entry) if {
	is_number(entry.items_min)
	http.parsed
	items < entry.items_min
}

few(entry) if {
	is_number(entry.items_min)
	not http.sent
	entry.items_min > 0
}

# The longest list of the body: the body itself, or one at its first level.
items := max({1, count(input.action.request.body.value)}) if {
	is_array(input.action.request.body.value)
} else := max({1} | {count(member) | some member in input.action.request.body.value; is_array(member)})

reason_of(entry) := entry.reason if is_string(entry.reason)

else := $"{http.named} needs a reviewer's approval."
