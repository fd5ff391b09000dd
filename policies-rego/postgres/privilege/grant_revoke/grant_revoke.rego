# METADATA
# title: GRANT and REVOKE
# description: |
#   Privileges are given and taken outside of the gate, by those who own them.
# custom:
#   severity: critical
#   controls: [A.8.2, A.5.18]
#   protocols: [postgres]
#   example: {statement: {verb: GRANT, defines: true}}
package gatehouse.postgres.privilege.grant_revoke

import data.gatehouse.lib.postgres

deny contains "Privileges are not changed through the gate; ask the database's owner." if {
	some verb in postgres.verbs
	postgres.head(verb) in {"GRANT", "REVOKE"}
}

deny contains "Privileges are not changed through the gate; ask the database's owner." if {
	some verb in postgres.verbs
	verb == "ALTER DEFAULT PRIVILEGES"
}
