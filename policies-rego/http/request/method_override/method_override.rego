# METADATA
# title: Another method in a header
# description: |
#   Headers and parameters by which some servers take a request for one of another method than was judged.
# custom:
#   severity: high
#   controls: [A.8.26, A.8.3]
#   protocols: [http]
#   example: {kind: http.request, request: {headers: {x-http-method-override: DELETE}}}
package gatehouse.http.request.method_override

deny contains reason if input.action.request.headers["x-http-method-override"]

deny contains reason if input.action.request.headers["x-http-method"]

deny contains reason if input.action.request.headers["x-method-override"]

deny contains reason if {
	some name, _ in input.action.request.query
	lower(name) in {"_method", "x-http-method-override"}
}

reason := "The request asks to be taken for one of another method; send it with that method itself."
