package gatehouse.postgres.access.capability_test

import data.gatehouse.postgres.access.capability
import data.gatehouse.testing

test_denies_a_write_of_a_reader if {
	"Your groups lack what this needs (write); only read, or ask for a group that has it." in capability.deny with input as testing.as_group("readers", testing.update)
}

test_denies_create_table_of_a_developer if {
	count(capability.deny) == 1 with input as testing.verb("CREATE TABLE")
}

test_lets_a_schema_owner_create if {
	count(capability.deny) == 0 with input as testing.as_group("schema-owners", testing.verb_fields("CREATE TABLE"))
}

test_denies_a_select_that_writes if {
	count(capability.deny) == 1 with input as testing.as_group("readers", {"writes": true})
}

test_denies_built_in_functions_that_write_of_a_reader if {
	fields := {"functions": [{"schema": "pg_catalog", "name": "nextval", "resolved": true, "volatility": "volatile"}]}
	count(capability.deny) == 1 with input as testing.as_group("readers", fields)
}

sizing(name, fields) := object.union(
	{"writes": true, "functions": [{"schema": "pg_catalog", "name": name, "resolved": true, "volatility": "volatile"}]},
	fields,
)

test_lets_a_reader_call_what_was_reviewed_as_reading if {
	count(capability.deny) == 0 with input as testing.as_group("readers", sizing("pg_partition_ancestors", {}))
}

test_denies_a_reader_what_was_not_reviewed if {
	count(capability.deny) == 1 with input as testing.as_group("readers", sizing("pg_new", {}))
}

test_denies_a_reader_where_something_else_may_write if {
	written := object.union(testing.people, {"access": "write"})
	every fields in [
		{"verbs": ["SELECT", "DELETE"]},
		{"verbs": ["COPY"], "verb": "COPY"},
		{"defines": true},
		{"complete": false},
		{"traits": ["something_new"]},
		{"relations": [written]},
	] {
		count(capability.deny) == 1 with input as testing.as_group("readers", sizing("random", fields))
	}
}

test_denies_row_locks_of_a_reader if {
	count(capability.deny) == 1 with input as testing.as_group("readers", {"traits": ["for_update"]})
}

test_denies_the_write_inside_prepare if {
	count(capability.deny) == 1 with input as testing.as_group("readers", testing.around("PREPARE", testing.update))
}

test_denies_the_write_inside_explain_analyze if {
	wrapped := object.union(testing.around("EXPLAIN", testing.update), {"traits": ["explain_analyze"]})
	count(capability.deny) == 1 with input as testing.as_group("readers", wrapped)
}

test_lets_a_reader_plan_a_write if {
	count(capability.deny) == 0 with input as testing.as_group("readers", testing.around("EXPLAIN", testing.update))
}

test_session_statements_need_no_more_than_read if {
	count(capability.deny) == 0 with input as testing.as_group("readers", object.union(testing.verb_fields("SET"), {"writes": true, "defines": true}))
}

test_a_write_beside_a_session_verb_needs_write if {
	count(capability.deny) == 1 with input as testing.as_group("readers", {"verb": "DECLARE", "verbs": ["DECLARE", "DELETE"]})
}

test_is_silent_on_protected_upstreams if {
	count(capability.deny) == 0 with input as testing.on({"env": "prod"}, testing.update)
}
