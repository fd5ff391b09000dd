package gatehouse.http.request.unlisted_method_test

import data.gatehouse.http.request.unlisted_method
import data.gatehouse.testing

test_denies_what_is_not_listed if {
	"The method TRACE is not let through; use one of GET, HEAD, POST, PUT, PATCH and DELETE." in unlisted_method.deny with input as testing.method("TRACE")
	every method in ["CONNECT", "PROPFIND", "get", ""] {
		count(unlisted_method.deny) == 1 with input as testing.method(method)
	}
}

test_denies_a_request_without_a_method if {
	whole := testing.http({})
	bare := {"kind": "http.request", "request": object.remove(whole.action.request, ["method"])}
	count(unlisted_method.deny) == 1 with input as object.union(object.remove(whole, ["action"]), {"action": bare})
}

test_lets_listed_methods_through if {
	count(unlisted_method.deny) == 0 with input as testing.method("GET")
	count(unlisted_method.deny) == 0 with input as testing.websocket({"env": "dev"}, ["developers"])
}

test_lets_through_what_the_settings_list if {
	count(unlisted_method.deny) == 0 with input as testing.method("PROPFIND")
		with data.settings.http.methods.PROPFIND as "read"
}
