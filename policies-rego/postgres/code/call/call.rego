# METADATA
# title: CALL
# description: |
#   What a procedure does cannot be told from the call; those that are known to be good stand in the settings
#   (data.settings.postgres.functions.allowed).
# custom:
#   severity: high
#   controls: [A.8.28, A.8.3]
#   protocols: [postgres]
#   example: {statement: {verb: CALL, writes: true, functions: [{schema: public, name: example, volatility: volatile}]}}
package gatehouse.postgres.code.call

import data.gatehouse.lib.postgres

deny contains "What a procedure does cannot be judged from its call; send its statements, or ask the policy's owner to list it." if {
	"CALL" in postgres.verbs
	not listed
}

# The procedure and what its arguments call.
listed if {
	some function in postgres.functions
	postgres.function_allowed(function)
	every other in postgres.functions {
		other.resolved
		harmless(other)
	}
}

harmless(function) if postgres.function_allowed(function)

harmless(function) if function.schema == "pg_catalog"
