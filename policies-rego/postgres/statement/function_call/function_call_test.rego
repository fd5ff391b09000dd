package gatehouse.postgres.statement.function_call_test

import data.gatehouse.postgres.statement.function_call
import data.gatehouse.testing

test_denies_a_function_call if {
	count(function_call.deny) == 1 with input as testing.kind_only("postgres.function_call")
}

test_is_silent_on_queries if {
	count(function_call.deny) == 0 with input as testing.query({})
}
