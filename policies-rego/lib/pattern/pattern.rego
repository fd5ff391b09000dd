# METADATA
# title: Patterns of names and paths
# description: |
#   What data.settings writes with `*`, as regular expressions: of names (any characters), and of paths (within one
#   segment; `**` is any number of them, none included). Patterns are the policy's; only the text is an agent's, and RE2
#   takes linear time for it. And what an entry's own expression means.
package gatehouse.lib.pattern

# A tool, a resource's URI, an upstream.
name(pattern, text) if pattern == text

name(pattern, text) if {
	contains(pattern, "*")
	[before, after] := split(pattern, "*")
	startswith(text, before)
	endswith(trim_prefix(text, before), after)
}

name(pattern, text) if {
	contains(pattern, "*")
	count(split(pattern, "*")) > 2
	plausible(pattern, text)
	regex.match(concat("", ["^(?s:", strings.replace_n(with_any, pattern), ")$"]), text)
}

# A text without regard to case, as the gate folds the names of fields: first to upper case, by which `ſ` is an S.
folded(name) := lower(upper(name))

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
	plausible(folded(pattern), folded(text))
	pieces := [piece | some segment in array.slice(split(pattern, "/"), 1, 1000); piece := lenient_segment(segment)]
	regex.match(concat("", ["(?i)^", concat("", pieces), "/*$"]), text)
}

# True of a pattern of one word, and of a folded text that does not have it: then it is not on the path, however
# lenient the server is. Where this is not known, it is not true. Most patterns are so, and to split them costs more.
apart(pattern, text) if {
	word := trim(folded(pattern), "*/")
	not contains(text, word)
	not contains(word, "/")
	not contains(word, "*")
	not contains(word, "{")
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

text_of(node) := node if is_string(node)

text_of(node) := $"{node}" if is_number(node)

text_of(node) := $"{node}" if is_boolean(node)

text_of(node) := "null" if is_null(node)

# True where one of the nodes is what the entry's `matches` means. An entry that is not complete, or whose
# expression is none, means whatever stands there.
found(entry, nodes) if {
	some node in nodes
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
