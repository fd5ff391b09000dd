package gatehouse.postgres.masking.reveal_test

import data.gatehouse.postgres.masking.reveal
import data.gatehouse.testing

officers := [{"groups": ["officers"], "labels": {"env": ["dev"]}, "columns": ["public.people.*"], "found": ["email"]}]

asked_by(groups) := testing.of_groups(groups)

test_reveals_to_a_member if {
	reveal.oblige == {
		{"kind": "reveal", "columns": ["public.people.*"]},
		{"kind": "reveal_found", "kinds": ["email"]},
	} with input as asked_by(["developers", "officers"])
		with data.settings.masking.reveal as officers
}

test_reveals_nothing_to_others if {
	count(reveal.oblige) == 0 with input as asked_by(["developers"])
		with data.settings.masking.reveal as officers
}

test_reveals_nothing_on_other_upstreams if {
	every labels in [{"env": "prod"}, {}, {"data": "dev"}] {
		count(reveal.oblige) == 0 with input as testing.on_as(labels, ["officers"], {})
			with data.settings.masking.reveal as officers
	}
}

test_reveals_columns_or_findings_alone if {
	columns := [{"groups": ["officers"], "labels": {}, "columns": ["tag:email"]}]
	reveal.oblige == {{"kind": "reveal", "columns": ["tag:email"]}} with input as asked_by(["officers"])
		with data.settings.masking.reveal as columns
	found := [{"groups": ["officers"], "labels": {}, "columns": [], "found": ["*"]}]
	reveal.oblige == {{"kind": "reveal_found", "kinds": ["*"]}} with input as asked_by(["officers"])
		with data.settings.masking.reveal as found
}

test_reveals_to_everyone_where_the_settings_say_so if {
	everyone := [{"groups": ["*"], "labels": {}, "columns": ["public.orders.total"]}]
	count(reveal.oblige) == 1 with input as asked_by([])
		with data.settings.masking.reveal as everyone
}

test_an_entry_that_is_not_complete_reveals_nothing if {
	every entry in [
		{"labels": {}, "columns": ["*"], "found": ["*"]},
		{"groups": ["officers"], "columns": ["*"], "found": ["*"]},
		{"group": ["officers"], "labels": {}, "columns": ["*"]},
		{"groups": ["officers"], "labels": {"env": "dev"}, "columns": ["*"]},
	] {
		count(reveal.oblige) == 0 with input as asked_by(["officers"])
			with data.settings.masking.reveal as [entry]
	}
}

test_settings_without_masking_reveal_nothing if {
	count(reveal.oblige) == 0 with input as asked_by(["privacy-officers"])
		with data.settings as {}
}

test_the_library_reveals_to_privacy_officers_of_development_and_test if {
	count(reveal.oblige) == 2 with input as asked_by(["privacy-officers"])
	count(reveal.oblige) == 0 with input as testing.on({"env": "dev"}, {})
	count(reveal.oblige) == 0 with input as testing.on_as({"env": "prod"}, ["privacy-officers"], {})
}

test_reveals_whatever_is_done if {
	every action in [testing.connect(["officers"]), testing.of_groups_with(["officers"], testing.update)] {
		count(reveal.oblige) == 2 with input as action with data.settings.masking.reveal as officers
	}
}
