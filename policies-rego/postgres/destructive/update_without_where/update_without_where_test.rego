package gatehouse.postgres.destructive.update_without_where_test

import data.gatehouse.postgres.destructive.update_without_where
import data.gatehouse.testing

test_denies_and_says_what_to_add if {
	"UPDATE on public.people has no WHERE clause; add one that names the rows." in update_without_where.deny with input as testing.query(testing.update_all)
}

test_denies_it_in_a_cte if {
	fields := object.union(testing.update_all, {"verb": "SELECT", "verbs": ["SELECT", "UPDATE"]})
	count(update_without_where.deny) == 1 with input as testing.query(fields)
}

test_denies_it_in_a_bound_statement if {
	count(update_without_where.deny) == 1 with input as testing.kind("postgres.execute", testing.update_all)
}

test_lets_it_be_planned if {
	count(update_without_where.deny) == 0 with input as testing.query(testing.around("EXPLAIN", testing.update_all))
}

test_lets_a_filtered_update_through if {
	count(update_without_where.deny) == 0 with input as testing.query(testing.update)
}
