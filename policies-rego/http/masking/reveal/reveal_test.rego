package gatehouse.http.masking.reveal_test

import data.gatehouse.http.masking.reveal
import data.gatehouse.testing

asked(labels, groups) := testing.http_on_as(labels, groups, {})

officers := [{
	"groups": ["officers"],
	"labels": {"env": ["dev"]},
	"columns": ["*"],
	"fields": ["tag:email", "**.card"],
	"headers": ["set-cookie"],
	"found": ["email"],
}]

test_reveals_to_a_member if {
	reveal.oblige == {
		{"kind": "reveal_fields", "fields": ["tag:email", "**.card"]},
		{"kind": "reveal_headers", "headers": ["set-cookie"]},
		{"kind": "reveal_found", "kinds": ["email"]},
	} with input as asked({"env": "dev"}, ["developers", "officers"])
		with data.settings.masking.reveal as officers
}

test_reveals_nothing_to_others_or_elsewhere if {
	count(reveal.oblige) == 0 with input as asked({"env": "dev"}, ["developers"])
		with data.settings.masking.reveal as officers
	count(reveal.oblige) == 0 with input as asked({"env": "prod"}, ["officers"])
		with data.settings.masking.reveal as officers
}

test_an_entry_without_fields_reveals_what_it_names if {
	reveal.oblige == {{"kind": "reveal_found", "kinds": ["*"]}} with input as asked({"env": "dev"}, ["officers"])
		with data.settings.masking.reveal as [{"groups": ["officers"], "labels": {}, "columns": ["*"], "found": ["*"]}]
}

test_the_library_reveals_values_to_privacy_officers_of_development if {
	reveal.oblige == {
		{"kind": "reveal_fields", "fields": ["*"]},
		{"kind": "reveal_found", "kinds": ["*"]},
	} with input as asked({"env": "dev"}, ["privacy-officers"])
	count(reveal.oblige) == 0 with input as asked({"env": "prod"}, ["privacy-officers"])
	count(reveal.oblige) == 0 with input as asked({"env": "dev"}, ["developers"])
}
