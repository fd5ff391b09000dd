# METADATA
# title: Statements that are not understood
# description: |
#   What the gate cannot describe completely is not let through; the reason says what to write otherwise.
# custom:
#   severity: high
#   controls: [A.8.26]
#   protocols: [postgres]
#   example: {statement: {unknown: [parse_error]}}
package gatehouse.postgres.statement.unknown

import data.gatehouse.lib.postgres

deny contains reason(code) if {
	some description in postgres.descriptions
	some code in description.unknown
}

deny contains "The statement could not be understood; write it simpler, with every name qualified by its schema." if {
	some description in postgres.descriptions
	not complete(description)
	count(description.unknown) == 0
}

deny contains "The statement could not be understood; write it simpler, with every name qualified by its schema." if {
	postgres.has_statement
	not postgres.statement
}

deny contains "The statement could not be understood; write it simpler, with every name qualified by its schema." if {
	some description in array.concat(postgres.first, postgres.second)
	some field in object.keys(postgres.statement)
	object.get(description, field, null) == null
}

deny contains "The statement is nested too deeply to be understood; send the inner statement itself." if postgres.too_deep

# The gate puts what EXECUTE runs in its place; where it could not, nobody knows.
deny contains data.settings.postgres.unknown.unknown_prepared_statement if {
	postgres.statement.verb == "EXECUTE"
	not input.action.statement.inner
}

deny contains data.settings.postgres.unknown.unknown_prepared_statement if {
	some description in array.concat(postgres.first, postgres.second)
	description.verb == "EXECUTE"
	not description.inner
}

complete(description) if description.complete == true

# Codes may carry a detail after a colon, which a reason does not repeat.
reason(code) := sentence if {
	sentence := data.settings.postgres.unknown[split(code, ":")[0]]
} else := "Part of the statement is not known to the gate; write it simpler, or ask the policy's owner."
