# METADATA
# title: Databases and tablespaces
# description: |
#   Databases and tablespaces are made by the server's administrators.
# custom:
#   severity: high
#   controls: [A.8.9]
#   protocols: [postgres]
#   example: {statement: {verb: CREATE DATABASE, defines: true}}
package gatehouse.postgres.server.storage

import data.gatehouse.lib.postgres

deny contains "Databases and tablespaces are not changed through the gate; ask the server's administrator." if {
	some verb in postgres.verbs
	postgres.object(verb) in {"DATABASE", "TABLESPACE", "ACCESS METHOD"}
}
