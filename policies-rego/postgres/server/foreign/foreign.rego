# METADATA
# title: Foreign servers
# description: |
#   Foreign data wrappers, servers, user mappings and imports let the database reach out to other systems.
# custom:
#   severity: critical
#   controls: [A.8.20, A.8.22]
#   protocols: [postgres]
#   example: {statement: {verb: CREATE SERVER, defines: true}}
package gatehouse.postgres.server.foreign

import data.gatehouse.lib.postgres

deny contains "Connections to other systems are not set up through the gate; ask the database's owner." if {
	some verb in postgres.verbs
	postgres.object(verb) in {"SERVER", "FOREIGN SERVER", "FOREIGN DATA WRAPPER", "USER MAPPING", "FOREIGN TABLE", "FOREIGN SCHEMA"}
}
