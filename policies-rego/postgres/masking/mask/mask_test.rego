package gatehouse.postgres.masking.mask_test

import data.gatehouse.postgres.masking.mask
import data.gatehouse.testing

contractors := {
	"groups": ["contractors"],
	"labels": {"env": ["dev"]},
	"columns": ["hr.*.salary"],
	"style": "typed",
	"tag": "salary",
}

asked_by(groups) := testing.of_groups(groups)

test_masks_for_a_member if {
	mask.oblige == {{
		"kind": "mask",
		"columns": ["hr.*.salary"],
		"style": "typed",
		"tag": "salary",
	}} with input as asked_by(["developers", "contractors"])
		with data.settings.masking.mask as [contractors]
}

test_masks_nothing_for_others if {
	count(mask.oblige) == 0 with input as asked_by(["developers"])
		with data.settings.masking.mask as [contractors]
}

test_masks_nothing_on_upstreams_with_another_label if {
	count(mask.oblige) == 0 with input as testing.on_as({"env": "prod"}, ["contractors"], {})
		with data.settings.masking.mask as [contractors]
}

test_masks_on_an_upstream_without_the_label if {
	count(mask.oblige) == 1 with input as testing.on_as({}, ["contractors"], {})
		with data.settings.masking.mask as [contractors]
}

test_masks_for_everyone if {
	count(mask.oblige) == 1 with input as asked_by([])
		with data.settings.masking.mask as [object.union(contractors, {"groups": ["*"]})]
}

test_an_entry_that_names_nobody_masks_for_everyone if {
	count(mask.oblige) == 1 with input as asked_by(["developers"])
		with data.settings.masking.mask as [object.remove(contractors, ["groups"])]
	count(mask.oblige) == 1 with input as asked_by(["developers"])
		with data.settings.masking.mask as [{"group": ["contractors"], "columns": ["hr.*.salary"]}]
}

test_an_entry_without_labels_masks_on_every_upstream if {
	every labels in [{}, {"env": "prod"}] {
		count(mask.oblige) == 1 with input as testing.on_as(labels, ["contractors"], {})
			with data.settings.masking.mask as [object.remove(contractors, ["labels"])]
	}
}

test_a_style_that_is_not_named_is_full if {
	mask.oblige == {{"kind": "mask", "columns": ["hr.*.salary"], "style": "full"}} with input as asked_by(["contractors"])
		with data.settings.masking.mask as [object.remove(contractors, ["style", "tag"])]
}

# The gate does not know a mask of nothing, and denies.
test_an_entry_without_columns_stays_an_obligation if {
	mask.oblige == {{"kind": "mask", "columns": [], "style": "full"}} with input as asked_by(["contractors"])
		with data.settings.masking.mask as [{"groups": ["contractors"]}]
}

test_an_entry_of_fields_alone_is_about_http if {
	count(mask.oblige) == 0 with input as asked_by(["contractors"])
		with data.settings.masking.mask as [{"groups": ["contractors"], "fields": ["**.salary"]}]
	count(mask.oblige) == 1 with input as asked_by(["contractors"])
		with data.settings.masking.mask as [object.union(contractors, {"fields": ["**.salary"]})]
}

test_the_library_masks_for_nobody_in_particular if {
	count(mask.oblige) == 0 with input as asked_by(["developers"])
}
