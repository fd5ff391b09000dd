package gatehouse.postgres.code.call_test

import data.gatehouse.postgres.code.call
import data.gatehouse.testing

calling(name) := {
	"verb": "CALL",
	"verbs": ["CALL"],
	"writes": true,
	"functions": [{"schema": "public", "name": name, "resolved": true, "volatility": "volatile"}],
}

test_denies_a_procedure if {
	count(call.deny) == 1 with input as testing.query(calling("close_month"))
}

test_denies_a_call_without_a_known_procedure if {
	count(call.deny) == 1 with input as testing.query(testing.verb_fields("CALL"))
}

test_denies_a_listed_procedure_with_an_unlisted_argument if {
	close := calling("close_month").functions
	fields := object.union(calling("close_month"), {"functions": array.concat(close, calling("other").functions)})
	count(call.deny) == 1 with input as testing.query(fields)
		with data.settings.postgres.functions.allowed as ["public.close_month"]
}

test_denies_a_call_of_built_in_functions_alone if {
	fields := object.union(calling("close_month"), testing.calling_fields("pg_catalog", "now"))
	count(call.deny) == 1 with input as testing.query(fields)
}

test_lets_a_listed_procedure_through if {
	count(call.deny) == 0 with input as testing.query(calling("close_month"))
		with data.settings.postgres.functions.allowed as ["public.close_month"]
}
