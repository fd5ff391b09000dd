# METADATA
# title: Other systems
# description: |
#   Whatever else lets the database reach out to other systems.
# custom:
#   severity: high
#   controls: [A.8.20, A.8.22]
#   protocols: [postgres]
#   example: {statement: {traits: [network_access]}}
package gatehouse.postgres.server.network_access

import data.gatehouse.lib.postgres

deny contains "This lets the database reach other systems; connect to them through the gate instead." if "network_access" in postgres.traits
