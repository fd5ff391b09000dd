package gatehouse.postgres.functions.unlisted_test

import data.gatehouse.postgres.functions.unlisted
import data.gatehouse.testing

test_denies_a_function_of_the_database if {
	"public.find_person is not on the list of allowed functions; do without, or ask the policy's owner to list it." in unlisted.deny with input as testing.calling("public", "find_person")
}

test_denies_an_unresolved_function if {
	count(unlisted.deny) == 1 with input as testing.calling("", "find_person")
}

test_leaves_an_unresolved_function_to_the_unknown if {
	fields := object.union(testing.calling_fields("", "find_person"), {"complete": false, "unknown": ["unresolved_function"]})
	count(unlisted.deny) == 0 with input as testing.query(fields)
}

test_lets_a_listed_function_through if {
	count(unlisted.deny) == 0 with input as testing.calling("public", "find_person")
		with data.settings.postgres.functions.allowed as ["public.find_person"]
}

test_names_three_functions_at_most if {
	some reason in unlisted.deny with input as testing.query({"functions": [function |
		some name in ["a", "b", "c", "d", "e"]
		some function in testing.calling_fields("public", name).functions
	]})
	startswith(reason, "public.a, public.b, public.c and 2 more is not")
}

test_lets_a_listed_schema_through if {
	count(unlisted.deny) == 0 with input as testing.calling("reporting", "totals")
		with data.settings.postgres.functions.allowed as ["reporting.*"]
}

test_a_listed_schema_is_not_a_prefix_of_others if {
	count(unlisted.deny) == 1 with input as testing.calling("reporting_private", "totals")
		with data.settings.postgres.functions.allowed as ["reporting.*"]
}

test_lets_built_in_functions_through if {
	count(unlisted.deny) == 0 with input as testing.calling("pg_catalog", "count")
}
