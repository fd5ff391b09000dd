# METADATA
# title: Replication
# description: |
#   Publications and subscriptions copy data between servers.
# custom:
#   severity: critical
#   controls: [A.8.12, A.8.20]
#   protocols: [postgres]
#   example: {statement: {verb: CREATE PUBLICATION, defines: true}}
package gatehouse.postgres.server.replication

import data.gatehouse.lib.postgres

deny contains "Replication is not set up through the gate; ask the database's owner." if {
	some verb in postgres.verbs
	postgres.object(verb) in {"PUBLICATION", "SUBSCRIPTION"}
}
