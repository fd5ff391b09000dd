# METADATA
# title: Read-only agents
# description: |
#   Principals that the settings list as read-only (by group or subject) only read, whatever their other groups
#   grant.
# custom:
#   severity: medium
#   controls: [A.5.15, A.8.2]
#   protocols: [postgres]
#   example: {statement: {verb: INSERT, writes: true}}
package gatehouse.postgres.access.read_only_agent

import data.gatehouse.lib.access
import data.gatehouse.lib.postgres

deny contains "You are read-only here; only statements that read are let through." if {
	access.read_only
	some capability in postgres.needs
	capability != "read"
}
