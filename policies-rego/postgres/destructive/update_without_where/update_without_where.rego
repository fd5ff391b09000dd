# METADATA
# title: UPDATE without WHERE
# description: |
#   An UPDATE without a condition, or with one that is always true, overwrites a column everywhere.
# custom:
#   severity: high
#   controls: [A.8.13]
#   protocols: [postgres]
#   example: {statement: {verb: UPDATE, writes: true, unfiltered: [public.example]}}
package gatehouse.postgres.destructive.update_without_where

import data.gatehouse.lib.postgres

deny contains reason if {
	some description in postgres.executed
	"UPDATE" in description.verbs
	count(description.unfiltered) > 0
	targets := postgres.names({name | some name in description.unfiltered})
	reason := $"UPDATE on {targets} has no WHERE clause; add one that names the rows."
}
