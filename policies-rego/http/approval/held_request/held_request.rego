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
	not empty(entry)
	not entry in few
]

of_kind(_) if input.action.kind in {"http.request", "http.websocket"}

of_kind(entry) if {
	input.action.kind == "http.message"
	entry.messages == true
}

# Those that are about more things than the body has. That it goes over the settings itself tells the build that the
# value is read only where there are any.
few := [entry |
	some entry in data.settings.http.held
	is_number(entry.items_min)
	http.parsed
	items(input.action.request.body.fields) < entry.items_min
	numbered(input.action.request.body.fields) < entry.items_min
]

empty(entry) if {
	is_number(entry.items_min)
	not http.sent
}

# The longest list: the body itself, or one at its first level. A form's field is a list of its values, and may have
# behind them what stands below it.
items(body) := max({1, count(body)}) if {
	is_array(body)
} else := max({1} | {count(values) |
	some member in body
	values := [value | some value in member; is_string(value)]
}) if {
	input.action.request.body.kind == "form"
} else := max({1} | {count(member) | some member in body; is_array(member)})

# A form may number what it lists, `ids[0]` and `people[1][name]`: the longest list of that kind.
numbered(body) := max({1} | {count(numbers) |
	some member in body
	some inside in member
	numbers := [number | some number in object.keys(inside); regex.match("^[0-9]+$", number)]
}) if {
	input.action.request.body.kind == "form"
} else := 1

reason_of(entry) := entry.reason if is_string(entry.reason)

else := $"{http.named} needs a reviewer's approval."
