# METADATA
# title: Fields of bodies
# description: |
#   What must not stand in a field of a JSON or form body (data.settings.http.arguments: `field`, in any case of its
#   letters, an expression `matches` for its value, `verdict`, `reason` and `terms`). Where an entry is about a request whose body cannot be looked
#   into, the request is denied.
# custom:
#   severity: medium
#   controls: [A.8.26, A.8.3]
#   protocols: [http]
#   example: {kind: http.request, request: {method: POST, path: data.settings.http.arguments.0.paths.0, body: {kind: text}}}
package gatehouse.http.body.arguments

import data.gatehouse.lib.fields
import data.gatehouse.lib.http
import data.gatehouse.lib.pattern

# Lists, not sets: what is looked at may be large, and a set compares its members.
entries := [entry |
	some entry in data.settings.http.arguments
	applies(entry)
]

applies(entry) if {
	http.sent
	http.closed(entry)
}

# That it goes over the settings itself tells the build that the value is read only where there are any.
looked := [[entry, fields.look(object.get(entry, "field", "**"), input.action.request.body.fields)] |
	some entry in data.settings.http.arguments
	applies(entry)
	http.parsed
]

deny contains "A rule looks at fields of this request's body and cannot read it; send it whole, as JSON." if {
	count(entries) > 0
	not http.parsed
}

deny contains "A rule looks at fields of this request's body, and they are nested too deeply; send it flatter." if {
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

else := $"What stands in {object.get(entry, "field", "the body")} is not let through; ask the policy's owner what may."
