# METADATA
# title: Dangerous functions
# description: |
#   Functions that reach files, other servers, other sessions, large objects, replication or the server itself
#   (data.settings.postgres.functions.denied and denied_prefixes), in whatever schema they stand.
# custom:
#   severity: critical
#   controls: [A.8.18, A.8.3]
#   protocols: [postgres]
#   example: {statement: {functions: [{name: pg_read_file, volatility: volatile}]}}
package gatehouse.postgres.functions.dangerous

import data.gatehouse.lib.postgres

deny contains $"Function {function.name} is not for agents: {why}." if {
	some function in postgres.functions
	why := data.settings.postgres.functions.denied[function.name]
}

deny contains $"Function {function.name} is not for agents: {why}." if {
	some function in postgres.functions
	some prefix, why in data.settings.postgres.functions.denied_prefixes
	startswith(function.name, prefix)
}

deny contains "Large objects are not for agents: no table rule sees them." if "large_object" in postgres.traits
