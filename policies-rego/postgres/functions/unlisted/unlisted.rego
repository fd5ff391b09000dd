# METADATA
# title: Functions of the database's own
# description: |
#   Functions outside pg_catalog do what their authors wrote; those that are known to be good stand in the settings
#   (data.settings.postgres.functions.allowed), by name or as `schema.*`.
# custom:
#   severity: high
#   controls: [A.8.3, A.8.28]
#   protocols: [postgres]
#   example: {statement: {functions: [{schema: public, name: example, volatility: volatile}]}}
package gatehouse.postgres.functions.unlisted

import data.gatehouse.lib.postgres

deny contains $"{postgres.names(unlisted_names)} is not on the list of allowed functions; do without, or ask the policy's owner to list it." if {
	not "CALL" in postgres.verbs
	count(unlisted_names) > 0
}

unlisted_names contains postgres.function_name(function) if {
	some function in postgres.functions
	not function.schema in {"pg_catalog", "information_schema"}
	not postgres.function_allowed(function)
	not left_to_unknown(function)
}

# A name that was not found is answered better by statement.unknown.
left_to_unknown(function) if {
	not function.resolved
	not postgres.statement.complete
}
