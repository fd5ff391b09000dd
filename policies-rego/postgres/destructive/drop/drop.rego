# METADATA
# title: DROP
# description: |
#   DROP removes objects with what is in them.
# custom:
#   severity: high
#   controls: [A.8.10, A.8.32]
#   protocols: [postgres]
#   example: {statement: {verb: DROP TABLE, defines: true}}
package gatehouse.postgres.destructive.drop

import data.gatehouse.lib.postgres

deny contains "DROP removes objects for good; ask a schema owner to do it." if {
	some verb in postgres.verbs
	postgres.head(verb) == "DROP"
}
