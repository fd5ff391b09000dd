# METADATA
# title: DELETE without WHERE
# description: |
#   A DELETE (or a MERGE that deletes) without a condition, or with one that is always true, empties a table.
# custom:
#   severity: high
#   controls: [A.8.10, A.8.13]
#   protocols: [postgres]
#   example: {statement: {verb: DELETE, writes: true, unfiltered: [public.example]}}
package gatehouse.postgres.destructive.delete_without_where

import data.gatehouse.lib.postgres

deny contains reason if {
	some description in postgres.executed
	not only_update(description)
	count(description.unfiltered) > 0
	targets := postgres.names({name | some name in description.unfiltered})
	reason := $"DELETE on {targets} has no WHERE clause; add one that names the rows."
}

# destructive.update_without_where judges a statement that only updates.
only_update(description) if {
	some verb in description.verbs
	verb == "UPDATE"
	not "DELETE" in description.verbs
	not "MERGE" in description.verbs
}
