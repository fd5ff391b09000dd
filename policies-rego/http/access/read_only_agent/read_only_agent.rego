# METADATA
# title: Read-only agents
# description: |
#   Principals that the settings list as read-only (by group or subject) only read, whatever their other groups
#   grant.
# custom:
#   severity: medium
#   controls: [A.5.15, A.8.2]
#   protocols: [http]
#   example: {kind: http.request, request: {method: DELETE}}
package gatehouse.http.access.read_only_agent

import data.gatehouse.lib.access
import data.gatehouse.lib.http

deny contains "You are read-only here; only requests that read are let through, such as GET." if {
	access.read_only
	some capability in http.needs
	capability != "read"
}
