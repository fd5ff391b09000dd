package gatehouse.http.masking.remove_test

import data.gatehouse.http.masking.remove
import data.gatehouse.testing

asked(labels, groups) := testing.http_on_as(labels, groups, {})

debugging := {"labels": {"env": ["prod"]}, "fields": ["**.debug"], "except": ["operators"]}

test_removes_where_the_label_fits if {
	remove.oblige == {{"kind": "remove_fields", "fields": ["**.debug"]}} with input as asked({"env": "prod"}, ["developers"])
		with data.settings.masking.remove as [debugging]
	count(remove.oblige) == 0 with input as asked({"env": "dev"}, ["developers"])
		with data.settings.masking.remove as [debugging]
}

test_spares_who_is_excepted if {
	count(remove.oblige) == 0 with input as asked({"env": "prod"}, ["operators"])
		with data.settings.masking.remove as [debugging]
}

# The gate does not know a removal of nothing, and denies.
test_an_entry_of_nothing_stays_an_obligation if {
	remove.oblige == {{"kind": "remove_fields", "fields": []}} with input as asked({}, ["developers"])
		with data.settings.masking.remove as [{}]
}

test_the_library_removes_nothing if {
	count(remove.oblige) == 0 with input as asked({"env": "prod"}, ["developers"])
}
