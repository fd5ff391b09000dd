# METADATA
# title: Missing capability
# description: |
#   Writing and defining need a group that has the capability on ordinary upstreams; environments.protected_write
#   judges the protected ones.
# custom:
#   severity: medium
#   controls: [A.5.15, A.8.3]
#   protocols: [postgres]
#   example: {statement: {verb: CREATE TABLE, defines: true}}
package gatehouse.postgres.access.capability

import data.gatehouse.lib.access
import data.gatehouse.lib.postgres

deny contains reason if {
	not access.protected
	count(access.known_groups) > 0
	missing := postgres.needs - access.granted
	count(missing) > 0
	reason := $"Your groups lack what this needs ({concat(", ", sort(missing))}); only read, or ask for a group that has it."
}
