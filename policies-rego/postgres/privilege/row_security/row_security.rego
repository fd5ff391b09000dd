# METADATA
# title: Row security
# description: |
#   Row security policies and security labels decide who sees which rows.
# custom:
#   severity: critical
#   controls: [A.8.3]
#   protocols: [postgres]
#   example: {statement: {verb: DROP POLICY, defines: true}}
package gatehouse.postgres.privilege.row_security

import data.gatehouse.lib.postgres

deny contains "Row security is not changed through the gate; ask the database's owner." if {
	some verb in postgres.verbs
	postgres.object(verb) in {"POLICY", "LABEL"}
	postgres.head(verb) in {"CREATE", "ALTER", "DROP", "SECURITY"}
}
