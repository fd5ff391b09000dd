# METADATA
# title: Prepared transactions
# description: |
#   A prepared transaction outlives its session and keeps its locks.
# custom:
#   severity: medium
#   controls: [A.8.6]
#   protocols: [postgres]
#   example: {statement: {verb: PREPARE TRANSACTION, traits: [two_phase]}}
package gatehouse.postgres.session.two_phase

import data.gatehouse.lib.postgres

deny contains "Prepared transactions outlive the session and keep their locks; use COMMIT or ROLLBACK." if {
	some verb in postgres.verbs
	verb in {"PREPARE TRANSACTION", "COMMIT PREPARED", "ROLLBACK PREPARED"}
}

deny contains "Prepared transactions outlive the session and keep their locks; use COMMIT or ROLLBACK." if {
	"two_phase" in postgres.traits
}
