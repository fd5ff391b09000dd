# METADATA
# title: Roles
# description: |
#   Roles are made, changed and removed outside of the gate.
# custom:
#   severity: critical
#   controls: [A.5.16, A.8.2]
#   protocols: [postgres]
#   example: {statement: {verb: CREATE ROLE, defines: true}}
package gatehouse.postgres.privilege.roles

import data.gatehouse.lib.postgres

deny contains "Roles are not changed through the gate; ask the database's owner." if {
	some verb in postgres.verbs
	postgres.head(verb) in {"CREATE", "ALTER", "DROP"}
	postgres.object(verb) in {"ROLE", "USER", "GROUP"}
}

deny contains "Ownership is not changed through the gate; ask the database's owner." if {
	some verb in postgres.verbs
	verb in {"REASSIGN OWNED", "DROP OWNED"}
}
