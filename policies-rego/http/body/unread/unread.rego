# METADATA
# title: Bodies that are not read
# description: |
#   To a sensitive upstream (data.settings.sensitivity) goes no body whose contents are not known while deciding:
#   binary, too large, or on a route that leaves bodies alone. data.settings.http.unread_bodies lists the exceptions.
# custom:
#   severity: high
#   controls: [A.8.12, A.8.26]
#   protocols: [http]
#   example: {kind: http.request, request: {method: POST, body: {kind: binary}}}
package gatehouse.http.body.unread

import data.gatehouse.lib.http
import data.gatehouse.lib.sensitivity

deny contains "The body cannot be read by the gate, and this upstream takes no such body; send JSON, or less at once." if {
	sensitivity.sensitive
	http.sent
	http.unread
	not excepted
}

excepted if {
	some entry in data.settings.http.unread_bodies
	http.opened(entry)
}
