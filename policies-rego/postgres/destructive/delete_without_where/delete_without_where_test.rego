package gatehouse.postgres.destructive.delete_without_where_test

import data.gatehouse.postgres.destructive.delete_without_where
import data.gatehouse.testing

test_denies_and_says_what_to_add if {
	"DELETE on public.people has no WHERE clause; add one that names the rows." in delete_without_where.deny with input as testing.query(testing.delete_all)
}

test_denies_it_in_a_cte if {
	fields := {"verb": "SELECT", "verbs": ["SELECT", "DELETE"], "unfiltered": ["public.people"], "writes": true}
	count(delete_without_where.deny) == 1 with input as testing.query(fields)
}

test_denies_it_prepared if {
	count(delete_without_where.deny) == 1 with input as testing.query(testing.around("PREPARE", testing.delete_all))
}

test_denies_it_analyzed if {
	wrapped := object.union(testing.around("EXPLAIN", testing.delete_all), {"traits": ["explain_analyze"]})
	count(delete_without_where.deny) == 1 with input as testing.query(wrapped)
}

test_denies_it_beside_an_update if {
	fields := {"verb": "UPDATE", "verbs": ["UPDATE", "DELETE"], "unfiltered": ["public.people"], "writes": true}
	count(delete_without_where.deny) == 1 with input as testing.query(fields)
}

test_denies_an_unfiltered_statement_of_a_verb_it_does_not_know if {
	fields := {"verb": "SHRED", "verbs": ["SHRED"], "unfiltered": ["public.people"], "writes": true}
	count(delete_without_where.deny) == 1 with input as testing.query(fields)
}

test_lets_it_be_planned if {
	count(delete_without_where.deny) == 0 with input as testing.query(testing.around("EXPLAIN", testing.delete_all))
}

test_lets_a_filtered_delete_through if {
	count(delete_without_where.deny) == 0 with input as testing.query(object.union(testing.delete_all, {"unfiltered": []}))
}

test_leaves_updates_to_their_own_rule if {
	count(delete_without_where.deny) == 0 with input as testing.query(testing.update_all)
}
