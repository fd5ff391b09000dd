package gatehouse.http.request.method_override_test

import data.gatehouse.http.request.method_override
import data.gatehouse.testing

test_denies_each_header if {
	every name in ["x-http-method-override", "x-http-method", "x-method-override"] {
		count(method_override.deny) == 1 with input as testing.http({"method": "POST", "headers": {name: "DELETE"}})
	}
}

test_denies_the_parameters if {
	every name in ["_method", "X-HTTP-Method-Override"] {
		count(method_override.deny) == 1 with input as testing.http({"method": "POST", "query": {name: ["DELETE"]}})
	}
}

test_lets_others_through if {
	count(method_override.deny) == 0 with input as testing.http({"query": {"method": ["x"]}})
}
