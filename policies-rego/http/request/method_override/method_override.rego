# METADATA
# title: Another method in a parameter
# description: |
#   Parameters by which some servers take a request for one of another method than was judged. Headers that do the same
#   are refused by the gate itself.
# custom:
#   severity: high
#   controls: [A.8.26, A.8.3]
#   protocols: [http]
#   example: {kind: http.request, request: {query: {_method: [DELETE]}}}
package gatehouse.http.request.method_override

import data.gatehouse.lib.http
import data.gatehouse.lib.pattern

deny contains "The request asks to be taken for one of another method; send it with that method itself." if {
	some name, _ in input.action.request.query
	pattern.folded(name) in parameters
}

deny contains "The request asks to be taken for one of another method; send it with that method itself." if {
	http.parsed
	some name, _ in input.action.request.body.members
	pattern.folded(name) in parameters
}

parameters := {"_method", "x-http-method-override", "x-http-method", "x-method-override"}
