# METADATA
# title: Methods that are not listed
# description: |
#   A method that data.settings.http.methods does not list needs a capability that nobody has: TRACE, CONNECT, those of
#   WebDAV.
# custom:
#   severity: high
#   controls: [A.8.26]
#   protocols: [http]
#   example: {kind: http.request, request: {method: TRACE}}
package gatehouse.http.request.unlisted_method

import data.gatehouse.lib.http

deny contains $"The method {http.method} is not let through; use one of GET, HEAD, POST, PUT, PATCH and DELETE." if {
	input.action.request.method
	count(http.classes) == 0
}

deny contains "The request has no method that could be judged; use GET, HEAD, POST, PUT, PATCH or DELETE." if {
	not input.action.request.method
}
