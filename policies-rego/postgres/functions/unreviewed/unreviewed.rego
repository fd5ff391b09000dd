# METADATA
# title: Volatile built-in functions
# description: |
#   Built-in functions that may change something or look beyond the tables are volatile; those that do no harm were
#   reviewed one by one (data.settings.postgres.functions.reviewed), the others are denied.
# custom:
#   severity: high
#   controls: [A.8.3, A.8.18]
#   protocols: [postgres]
#   example: {statement: {functions: [{name: example, volatility: volatile}]}}
package gatehouse.postgres.functions.unreviewed

import data.gatehouse.lib.postgres

deny contains $"{postgres.names(unreviewed_names)} may change more than tables and is not reviewed; do without, or ask the policy's owner." if {
	count(unreviewed_names) > 0
}

unreviewed_names contains function.name if {
	some function in postgres.functions
	function.schema == "pg_catalog"
	function.volatility in {"volatile", "unknown"}
	not data.settings.postgres.functions.reviewed[function.name]
}
