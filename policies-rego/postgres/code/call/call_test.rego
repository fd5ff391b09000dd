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

test_lets_a_listed_procedure_through if {
	count(call.deny) == 0 with input as testing.query(calling("close_month"))
		with data.settings.postgres.functions.allowed as ["public.close_month"]
}
