# METADATA
# title: Large pages
# description: |
#   How many rows a request may ask for in one answer (data.settings.http.export: `parameters` of the query or the body's
#   first level, and `rows_max` by group). What is no plain number, or asks for all by 0, is over every limit.
# custom:
#   severity: medium
#   controls: [A.8.12, A.8.3]
#   protocols: [http]
#   example: {kind: http.request, request: {query: {limit: ["1000000000"]}}}
package gatehouse.http.export.limit

import data.gatehouse.lib.http
import data.gatehouse.lib.pattern

deny contains $"{name} may be a number from 1 to {rows_max} here; fetch page by page, or ask for a group that may export." if {
	some name in over
}

over contains parameter if {
	some name, values in input.action.request.query
	some parameter in named_by(name)
	not all_within(values)
}

over contains parameter if {
	http.parsed
	some name, value in input.action.request.body.members
	some parameter in named_by(name)
	not all_within(listed(value))
}

# `limit[]`, `limit[0]` and `limit[a][b]` are `limit` to servers that read lists and objects from names; PHP leaves out
# spaces before a name. Of many names most are none of these, and memory is little.
named_by(name) := of_spelt(trim_left(pattern.folded(name), " "))

of_spelt(spelt) := {spelt} if {
	spelt in parameters
} else := {parameter | some parameter in parameters; is_spelt(spelt, parameter)} if {
	has_mark(spelt)
}

has_mark(spelt) if contains(spelt, "[")

has_mark(spelt) if contains(spelt, ".")

has_mark(spelt) if contains(spelt, " ")

is_spelt(spelt, parameter) if startswith(spelt, $"{parameter}[")

# PHP has `_` for what a variable cannot be called.
is_spelt(spelt, parameter) if {
	contains(parameter, "_")
	strings.replace_n({" ": "_", ".": "_", "[": "_"}, substring(spelt, 0, count(parameter))) == parameter
	substring(spelt, count(parameter), 1) in {"", "["}
}

# A set: a body may have many names.
parameters := {pattern.folded(parameter) | some parameter in data.settings.http.export.parameters}

# Nobody means several; an agent could make many.
all_within(values) if {
	count(values) <= 8
	every value in values {
		within(value)
	}
}

# A form's fields are lists.
listed(value) := value if is_array(value)

else := [value]

# The most that one of the principal's groups may; `*` is everyone.
default rows_max := 0

rows_max := max([rows |
	some group, rows in data.settings.http.export.rows_max
	named(group)
])

named("*")

named(group) if group in input.principal.groups

within(value) if {
	is_number(value)
	value > 0
	value <= rows_max
}

# Digits are compared as text, the longer being the larger: WebAssembly has no way to make a number of them.
within(value) if {
	value != ""
	count(value) <= 30
	trim(value, "0123456789") == ""
	digits := trim_left(value, "0")
	digits != ""
	not longer(digits)
}

longer(digits) if count(digits) > count(format_int(rows_max, 10))

longer(digits) if {
	count(digits) == count(format_int(rows_max, 10))
	digits > format_int(rows_max, 10)
}
