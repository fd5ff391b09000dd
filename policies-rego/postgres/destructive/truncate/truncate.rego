# METADATA
# title: TRUNCATE
# description: |
#   TRUNCATE empties tables without a condition and without firing row triggers.
# custom:
#   severity: high
#   controls: [A.8.10, A.8.13]
#   protocols: [postgres]
#   example: {statement: {verb: TRUNCATE, writes: true}}
package gatehouse.postgres.destructive.truncate

import data.gatehouse.lib.postgres

deny contains "TRUNCATE empties whole tables; use DELETE with a WHERE clause that names the rows." if {
	some verb in postgres.verbs
	verb == "TRUNCATE"
}
