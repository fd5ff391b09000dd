# METADATA
# title: SQL in data
# description: |
#   Functions that run SQL which is handed to them as text: what they do cannot be told before they run.
# custom:
#   severity: critical
#   controls: [A.8.28, A.8.3]
#   protocols: [postgres]
#   example: {statement: {functions: [{name: query_to_xml, volatility: volatile}]}}
package gatehouse.postgres.functions.dynamic_sql

import data.gatehouse.lib.postgres

deny contains $"Function {function.name} runs SQL that stands in its argument; send that statement itself." if {
	some function in postgres.functions
	data.settings.postgres.functions.dynamic_sql[function.name]
}

deny contains "The statement runs SQL that stands in an argument; send that statement itself." if {
	"dynamic_sql" in postgres.traits
}
