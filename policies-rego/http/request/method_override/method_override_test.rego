package gatehouse.http.request.method_override_test

import data.gatehouse.http.request.method_override
import data.gatehouse.testing

test_denies_the_parameters if {
	every name in ["_method", "_METHOD", "X-HTTP-Method-Override"] {
		count(method_override.deny) == 1 with input as testing.http({"method": "POST", "query": {name: ["DELETE"]}})
	}
}

test_denies_the_field_of_a_form if {
	form := testing.form({"_method": ["delete"]})
	count(method_override.deny) == 1 with input as testing.http({"method": "POST", "body": form})
	every name in ["_method", "_Method", "X-HTTP-Method-Override"] {
		count(method_override.deny) == 1 with input as testing.post({name: "delete"})
	}
}

test_lets_others_through if {
	count(method_override.deny) == 0 with input as testing.http({"query": {"method": ["x"]}})
	count(method_override.deny) == 0 with input as testing.post({"method": "x", "list": [{"_method": 1}]})
}
