# METADATA
# title: Grants of groups
# description: |
#   Allows requests that the capabilities of the principal's groups cover on this upstream (data.settings.groups); which
#   method needs which stands in data.settings.http.
# custom:
#   severity: low
#   controls: [A.5.15, A.8.3]
#   protocols: [http]
package gatehouse.http.access.granted

import data.gatehouse.lib.access
import data.gatehouse.lib.http

allow contains $"Granted to {concat(", ", sort(access.known_groups))}." if {
	http.judged
	every capability in http.needs {
		capability in access.granted
	}
}
