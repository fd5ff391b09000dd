# METADATA
# title: Grants of groups
# description: |
#   Allows what the capabilities of the principal's groups cover on this upstream (data.settings.groups).
# custom:
#   severity: low
#   controls: [A.5.15, A.8.3]
#   protocols: [postgres]
#   example: {statement: {verb: SELECT}}
package gatehouse.postgres.access.granted

import data.gatehouse.lib.access
import data.gatehouse.lib.postgres

allow contains $"Granted to {concat(", ", sort(access.known_groups))}." if {
	postgres.judged
	every capability in postgres.needs {
		capability in access.granted
	}
}
