package gatehouse.postgres.access.restricted_relation_test

import data.gatehouse.postgres.access.restricted_relation
import data.gatehouse.testing

kept_to_hr := [{"relations": ["public.people", "hr.*"], "groups": ["hr"]}]

test_denies_a_table_by_name if {
	"public.people is kept to other groups; leave it out, or ask for a group that may." in restricted_relation.deny with input as testing.query({})
		with data.settings.postgres.relations.restricted as kept_to_hr
}

test_denies_a_whole_schema if {
	count(restricted_relation.deny) == 1 with input as testing.reading("hr", "pay", [])
		with data.settings.postgres.relations.restricted as kept_to_hr
}

test_denies_the_way_through_a_view if {
	count(restricted_relation.deny) == 1 with input as testing.reading("public", "contacts", ["public.people"])
		with data.settings.postgres.relations.restricted as kept_to_hr
}

test_denies_inside_another_statement if {
	count(restricted_relation.deny) == 1 with input as testing.query(testing.around("EXPLAIN", {}))
		with data.settings.postgres.relations.restricted as kept_to_hr
}

test_lets_a_member_in if {
	count(restricted_relation.deny) == 0 with input as testing.of_groups(["developers", "hr"])
		with data.settings.postgres.relations.restricted as kept_to_hr
}

test_is_silent_on_other_tables if {
	count(restricted_relation.deny) == 0 with input as testing.reading("public", "orders", [])
		with data.settings.postgres.relations.restricted as kept_to_hr
}
