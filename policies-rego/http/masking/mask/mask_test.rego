package gatehouse.http.masking.mask_test

import data.gatehouse.http.masking.mask
import data.gatehouse.testing

asked(labels, groups) := testing.http_on_as(labels, groups, {})

contractors := {
	"groups": ["contractors"],
	"labels": {"env": ["dev"]},
	"fields": ["**.salary"],
	"style": "typed",
	"direction": "response",
	"tag": "salary",
}

test_masks_for_a_member if {
	mask.oblige == {{
		"kind": "mask_fields",
		"fields": ["**.salary"],
		"style": "typed",
		"direction": "response",
		"tag": "salary",
	}} with input as asked({"env": "dev"}, ["developers", "contractors"])
		with data.settings.masking.mask as [contractors]
}

test_masks_nothing_for_others_or_elsewhere if {
	count(mask.oblige) == 0 with input as asked({"env": "dev"}, ["developers"])
		with data.settings.masking.mask as [contractors]
	count(mask.oblige) == 0 with input as asked({"env": "prod"}, ["contractors"])
		with data.settings.masking.mask as [contractors]
}

test_an_entry_of_columns_alone_is_about_databases if {
	count(mask.oblige) == 0 with input as asked({"env": "dev"}, ["developers"])
		with data.settings.masking.mask as [{"columns": ["hr.*.salary"]}]
}

test_what_an_entry_lacks_masks_more if {
	every less in ["groups", "labels"] {
		count(mask.oblige) == 1 with input as asked({"env": "dev"}, ["contractors"])
			with data.settings.masking.mask as [object.remove(contractors, [less])]
	}
	mask.oblige == {{
		"kind": "mask_fields",
		"fields": ["**.salary"],
		"style": "full",
		"direction": "both",
	}} with input as asked({"env": "dev"}, ["contractors"])
		with data.settings.masking.mask as [object.remove(contractors, ["style", "tag", "direction"])]
}

# The gate does not know a mask of nothing, and denies.
test_an_entry_of_nothing_stays_an_obligation if {
	mask.oblige == {{"kind": "mask_fields", "fields": [], "style": "full", "direction": "both"}} with input as asked({"env": "dev"}, ["contractors"])
		with data.settings.masking.mask as [{"groups": ["contractors"]}]
}
