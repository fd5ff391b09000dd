package gatehouse.postgres.approval.held_write_test

import data.gatehouse.postgres.approval.held_write
import data.gatehouse.testing

people := {"relations": ["public.people"], "verbs": ["UPDATE"]}

test_holds_the_change_of_a_table_and_says_which if {
	"Changing public.people needs a reviewer's approval." in held_write.hold with input as testing.query(testing.update_people)
		with data.settings.postgres.held_writes as [people]
}

test_says_what_an_entry_says if {
	entry := object.union(people, {"reason": "Ask the owners.", "terms": {"deadline_s": 5}})
	held_write.hold == {"Ask the owners."} with input as testing.query(testing.update_people)
		with data.settings.postgres.held_writes as [entry]
	held_write.terms == {{"deadline_s": 5}} with input as testing.query(testing.update_people)
		with data.settings.postgres.held_writes as [entry]
}

test_asks_the_reviewers_of_each_entry_that_fits if {
	entries := [
		object.union(people, {"terms": {"reviewers": {"groups": ["owners"]}}}),
		{"relations": ["public.*"], "terms": {"reviewers": {"groups": ["dba"]}}},
		{"relations": ["hr.*"], "terms": {"reviewers": {"groups": ["hr"]}}},
	]
	count(held_write.terms) == 2 with input as testing.query(testing.update_people)
		with data.settings.postgres.held_writes as entries
}

# What it does is judged again when it is executed.
test_is_silent_where_nothing_runs_yet if {
	silent(testing.query({}))
	silent(testing.kind("postgres.parse", testing.update_people))
	silent(testing.query(testing.around("PREPARE", testing.update_people)))
	silent(testing.query(testing.around("EXPLAIN", testing.update_people)))
}

silent(subject) if {
	count(held_write.hold) == 0 with input as subject
		with data.settings.postgres.held_writes as [people]
}

holds(subject) if {
	count(held_write.hold) == 1 with input as subject
		with data.settings.postgres.held_writes as [people]
}

test_holds_what_is_executed if {
	holds(testing.kind("postgres.execute", testing.update_people))
	holds(testing.query(testing.around("EXECUTE", testing.update_people)))
	holds(testing.query(object.union(testing.around("EXPLAIN", testing.update_people), {"traits": ["explain_analyze"]})))
}

test_holds_through_a_view_or_a_partition if {
	holds(testing.query(testing.changing("public", "contacts", ["public.people"], "UPDATE", [])))
}

test_holds_what_may_change_rows_by_another_verb if {
	holds(testing.query(testing.changing("public", "people", [], "MERGE", [])))
	holds(testing.query(testing.changing("public", "people", [], "INSERT", ["on_conflict"])))
	silent(testing.query(testing.changing("public", "people", [], "INSERT", [])))
	silent(testing.query(testing.changing("public", "people", [], "DELETE", [])))
}

test_holds_an_update_inside_another_statement if {
	fields := object.union(testing.changing("public", "people", [], "SELECT", []), {"verbs": ["SELECT", "UPDATE"]})
	holds(testing.query(fields))
}

test_is_silent_on_other_tables if {
	silent(testing.query(testing.changing("public", "orders", [], "UPDATE", [])))
	silent(testing.query(testing.changing("hr", "people", [], "UPDATE", [])))
}

test_an_entry_is_about_whom_and_where_it_says if {
	every other in [{"groups": ["readers"]}, {"upstreams": ["sample"]}, {"labels": {"env": ["prod"]}}, {"except": ["developers"]}] {
		count(held_write.hold) == 0 with input as testing.query(testing.update_people)
			with data.settings.postgres.held_writes as [object.union(people, other)]
	}
}

test_an_entry_that_is_not_complete_holds_more if {
	every more in [{}, {"verbs": "UPDATE"}, {"relations": "public.orders"}, {"upstreams": "sample"}, {"groups": "readers"}] {
		count(held_write.hold) == 1 with input as testing.query(testing.update_people)
			with data.settings.postgres.held_writes as [more]
		count(held_write.hold) == 0 with input as testing.query({})
			with data.settings.postgres.held_writes as [more]
	}
}

test_the_library_holds_a_developers_update_of_the_samples_people if {
	subject := object.union(testing.query(testing.update_people), {"upstream": {"name": "sample"}})
	count(held_write.hold) == 1 with input as subject
	owner := object.union(testing.as_group("schema-owners", testing.update_people), {"upstream": {"name": "sample"}})
	count(held_write.hold) == 0 with input as owner
}
