# METADATA
# title: A PostgreSQL action as rules see it
# description: |
#   The statement and those inside it (EXPLAIN's, PREPARE's, a cursor's), its verbs, and the capabilities it needs. It
#   names each field that it reads: decisions then do not depend on the statement's text, and can be reused.
package gatehouse.lib.postgres

statement_kinds := {"postgres.query", "postgres.parse", "postgres.execute"}

# The kinds of action that the rules can judge; nothing else is ever granted.
judged if input.action.kind == "postgres.connect"

judged if has_statement

has_statement if input.action.kind in statement_kinds

# Undefined where a field is missing; postgres.statement.unknown denies that.
statement := {
	"complete": input.action.statement.complete,
	"unknown": input.action.statement.unknown,
	"verb": input.action.statement.verb,
	"verbs": input.action.statement.verbs,
	"writes": input.action.statement.writes,
	"defines": input.action.statement.defines,
	"relations": input.action.statement.relations,
	"functions": input.action.statement.functions,
	"unfiltered": input.action.statement.unfiltered,
	"traits": input.action.statement.traits,
}

default first := []

first := [input.action.statement.inner]

default second := []

second := [input.action.statement.inner.inner]

# The setting that the statement changes, if it does (SHOW only tells it).
setting := input.action.statement.setting if statement.verb != "SHOW"

# Everything that is said in the statement, the outermost first. PostgreSQL nests two deep (EXPLAIN DECLARE … SELECT).
descriptions := array.concat([statement], array.concat(first, second))

too_deep if input.action.statement.inner.inner.inner

# EXPLAIN without ANALYZE plans its statement and does not run it.
only_planned if {
	statement.verb == "EXPLAIN"
	not "explain_analyze" in statement.traits
}

# What runs, now or (PREPARE, DECLARE) later.
executed := [statement] if only_planned

executed := descriptions if not only_planned

verbs contains verb if {
	some description in executed
	some verb in description.verbs
}

verbs contains verb if {
	some description in executed
	verb := description.verb
}

traits contains trait if {
	some description in executed
	some trait in description.traits
}

# Capabilities. Every action on a database needs `read`; see data.settings.postgres.verbs for the rest.
needs contains "read"

needs contains class(verb) if {
	some verb in verbs
	class(verb) in {"write", "define"}
}

# The description knows more than the verb: a SELECT of a function that writes, SELECT INTO, COPY FROM.
needs contains "write" if {
	some description in executed
	description.writes
	class(description.verb) != "session"
	not only_reviewed(description)
}

# A plain SELECT counts as writing where it calls a volatile function. It reads all the same where every such function is
# a built-in one that was reviewed as reading, and there is nothing else that could write.
only_reviewed(description) if {
	description.verbs == ["SELECT"]
	description.complete
	not description.defines
	every trait in description.traits {
		trait in only_shows
	}
	some volatile in description.functions
	not volatile.volatility in {"immutable", "stable"}
	every relation in description.relations {
		relation.access == "read"
	}
	every function in description.functions {
		only_reads(function)
	}
}

# Traits of what is looked at, which write nothing.
only_shows := {"dynamic_name", "definition_texts", "setting_values", "statement_texts", "column_statistics"}

only_reads(function) if {
	function.resolved
	function.volatility in {"immutable", "stable"}
}

only_reads(function) if {
	function.schema == "pg_catalog"
	data.settings.postgres.functions.reviewed[function.name] == "read"
}

needs contains "define" if {
	some description in executed
	description.defines
	class(description.verb) != "session"
}

needs contains "write" if "for_update" in traits

needs contains "write" if {
	some description in executed
	some function in description.functions
	function.schema == "pg_catalog"
	data.settings.postgres.functions.reviewed[function.name] == "write"
}

# The class of a verb by its whole name (`PREPARE TRANSACTION`) or else its first word (`DROP TABLE`).
class(verb) := known if {
	known := data.settings.postgres.verbs[verb]
} else := data.settings.postgres.verbs[head(verb)]

head(verb) := split(verb, " ")[0]

# The object a verb is about: `TABLE` of `DROP TABLE`.
object(verb) := trim_prefix(verb, concat("", [head(verb), " "]))

# Lists, not sets: a statement may name thousands, and a set of objects costs a comparison for each pair.
relations := [relation |
	some description in descriptions
	some relation in description.relations
]

functions := [function |
	some description in descriptions
	some function in description.functions
]

# Names for a reason: the first three of the alphabet, each cut, so that a reason stays a sentence. `sort` is not used,
# because its time grows with the square of a list that an agent makes as long as it likes.
names(set_of_names) := cut(min(set_of_names)) if count(set_of_names) == 1

names(set_of_names) := $"{cut(min(set_of_names))}, {cut(max(set_of_names))}" if count(set_of_names) == 2

names(set_of_names) := $"{cut(first_name)}, {cut(min(rest))}, {cut(max(rest))}" if {
	count(set_of_names) == 3
	first_name := min(set_of_names)
	rest := set_of_names - {first_name}
}

names(set_of_names) := $"{cut(one)}, {cut(two)}, {cut(three)} and {count(set_of_names) - 3} more" if {
	count(set_of_names) > 3
	one := min(set_of_names)
	two := min(set_of_names - {one})
	three := min(set_of_names - {one, two})
}

cut(name) := substring(name, 0, 130)

function_name(function) := $"{function.schema}.{function.name}" if function.schema != ""

else := function.name

# On the list of allowed functions: by qualified name, or its whole schema as `schema.*`.
function_allowed(function) if {
	some pattern in data.settings.postgres.functions.allowed
	pattern == $"{function.schema}.{function.name}"
}

function_allowed(function) if {
	some pattern in data.settings.postgres.functions.allowed
	pattern == $"{function.schema}.*"
}
