# METADATA
# title: Patterns of names, paths and fields
# description: |
#   What data.settings writes with `*`, as regular expressions: of names (any characters), of paths and of fields (within
#   one segment or name; `**` is any number of them, none included). Patterns are the policy's; only the text is an
#   agent's, and RE2 takes linear time for it.
package gatehouse.lib.pattern

# A tool, a resource's URI, an upstream.
name(pattern, text) if pattern == text

name(pattern, text) if {
	contains(pattern, "*")
	regex.match(concat("", ["^(?s:", strings.replace_n(with_any, pattern), ")$"]), text)
}

# A path by the letter, for what opens something.
path(pattern, text) if pattern == text

path(pattern, text) if {
	contains(pattern, "*")
	plausible(pattern, text)
	pieces := [piece | some segment in array.slice(split(pattern, "/"), 1, 1000); piece := strict_segment(segment)]
	regex.match(concat("", ["^", concat("", pieces), "$"]), text)
}

# A path as a lenient server may read it, for what closes something: without regard to case, slashes that are doubled or
# trailing, and parameters of a segment (`/admin;v=1`). A segment of a template, `{id}`, is any.
lenient_path(pattern, text) if {
	plausible(lower(pattern), lower(text))
	pieces := [piece | some segment in array.slice(split(pattern, "/"), 1, 1000); piece := lenient_segment(segment)]
	regex.match(concat("", ["(?i)^", concat("", pieces), "/*$"]), text)
}

# An expression costs more to make than to run, so a text without the pattern's own letters is not tried.
plausible(pattern, text) if {
	every piece in split(strings.replace_n({"*": "/"}, pattern), "/") {
		in_text(piece, text)
	}
}

in_text(piece, text) if contains(text, piece)

in_text(piece, _) if variable(piece)

variable(segment) if {
	startswith(segment, "{")
	endswith(segment, "}")
}

strict_segment("**") := "(/[^/]*)*"

strict_segment(segment) := concat("", ["/", strings.replace_n(with_segment, segment)]) if segment != "**"

lenient_segment("**") := "(/+[^/]*)*"

lenient_segment(segment) := "/+[^/]*" if variable(segment)

lenient_segment(segment) := concat("", ["/+", strings.replace_n(with_segment, segment), "(;[^/]*)?"]) if {
	segment != "**"
	not variable(segment)
}

# A field by its names from the top, as `field_name` writes them.
field(pattern, text) if {
	pieces := [piece | some part in split(pattern, "."); piece := field_part(part)]
	regex.match(concat("", ["^", concat("", pieces), "$"]), text)
}

field_part("**") := `(\.[^.]*)*`

field_part(part) := concat("", [`\.`, strings.replace_n(with_part, part)]) if part != "**"

# The names on the way to a node, each after a dot. A list adds nothing, and a dot in a name is none of these.
field_name(steps) := concat("", [concat("", [".", strings.replace_n({".": "\u0001"}, step)]) |
	some step in steps
	is_string(step)
])

# Every node of a JSON value with its field, and its text where it has one.
nodes(value) := [[field_name(steps), node] | walk(value, [steps, node])]

text_of(node) := node if is_string(node)

text_of(node) := $"{node}" if is_number(node)

text_of(node) := $"{node}" if is_boolean(node)

text_of(node) := "null" if is_null(node)

# True where what stands at the entry's field is what its `matches` means. An entry that is not complete, or whose
# expression is none, means whatever stands there.
found(entry, field_pattern, all) if {
	some [name_of_node, node] in all
	field(field_pattern, name_of_node)
	matched(entry, node)
}

matched(entry, _) if not has_expression(entry)

matched(entry, node) if {
	has_expression(entry)
	regex.match(entry.matches, text_of(node))
}

has_expression(entry) if regex.is_valid(entry.matches)

escaped := {
	`\`: `\\`,
	".": `\.`,
	"+": `\+`,
	"?": `\?`,
	"(": `\(`,
	")": `\)`,
	"[": `\[`,
	"]": `\]`,
	"{": `\{`,
	"}": `\}`,
	"^": `\^`,
	"$": `\$`,
	"|": `\|`,
}

with_any := object.union(escaped, {"*": ".*"})

with_segment := object.union(escaped, {"*": "[^/]*"})

with_part := object.union(escaped, {"*": "[^.]*"})
