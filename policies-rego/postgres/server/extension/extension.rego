# METADATA
# title: Extensions and libraries
# description: |
#   Extensions and libraries bring code into the server.
# custom:
#   severity: critical
#   controls: [A.8.19]
#   protocols: [postgres]
#   example: {statement: {verb: CREATE EXTENSION, defines: true}}
package gatehouse.postgres.server.extension

import data.gatehouse.lib.postgres

deny contains "Extensions and libraries are installed by the server's administrator; ask them." if {
	some verb in postgres.verbs
	verb in {"CREATE EXTENSION", "ALTER EXTENSION", "DROP EXTENSION", "LOAD"}
}
