# METADATA
# title: WebSockets
# description: |
#   Allows the upgrade to a WebSocket and the messages that the client sends there, where data.settings.http.websocket
#   opens it (`open`) and the principal has its `capability`.
# custom:
#   severity: medium
#   controls: [A.5.15, A.8.20]
#   protocols: [http]
#   example: {kind: http.websocket}
package gatehouse.http.websocket.granted

import data.gatehouse.lib.access
import data.gatehouse.lib.http

allow contains $"Granted to {concat(", ", sort(access.known_groups))}." if {
	http.websocket
	http.judged
	opened
	every capability in http.needs {
		capability in access.granted
	}
}

deny contains "WebSockets are not open to you here; use plain requests, or ask the policy's owner." if {
	http.websocket
	not opened
}

opened if {
	some entry in data.settings.http.websocket.open
	http.opened(entry)
}
