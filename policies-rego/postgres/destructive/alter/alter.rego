# METADATA
# title: ALTER
# description: |
#   ALTER changes the shape of what others rely on.
# custom:
#   severity: high
#   controls: [A.8.32]
#   protocols: [postgres]
#   example: {statement: {verb: ALTER TABLE, defines: true}}
package gatehouse.postgres.destructive.alter

import data.gatehouse.lib.postgres

deny contains "ALTER changes objects that others rely on; ask a schema owner to do it." if {
	some verb in postgres.verbs
	postgres.head(verb) == "ALTER"
}
