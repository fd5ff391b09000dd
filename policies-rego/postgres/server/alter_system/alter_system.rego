# METADATA
# title: ALTER SYSTEM
# description: |
#   Settings of the whole server are changed by its administrators.
# custom:
#   severity: critical
#   controls: [A.8.9, A.8.18]
#   protocols: [postgres]
#   example: {statement: {verb: ALTER SYSTEM, defines: true}}
package gatehouse.postgres.server.alter_system

import data.gatehouse.lib.postgres

deny contains "Settings of the server are not changed through the gate; ask its administrator." if {
	some verb in postgres.verbs
	verb == "ALTER SYSTEM"
}
