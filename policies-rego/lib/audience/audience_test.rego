package gatehouse.lib.audience_test

import data.gatehouse.lib.audience
import data.gatehouse.testing

test_a_group_of_the_token_that_is_called_star_is_nobody_in_particular if {
	not audience.opened({"groups": ["officers"], "labels": {}}) with input as testing.of_groups(["*"])
	audience.spared({"groups": ["officers"], "labels": {}}) with input as testing.of_groups(["*"])
}

test_every_label_must_fit_to_open if {
	entry := {"groups": ["officers"], "labels": {"env": ["dev"], "data": ["test"]}}
	audience.opened(entry) with input as testing.on_as({"env": "dev", "data": "test"}, ["officers"], {})
	not audience.opened(entry) with input as testing.on_as({"env": "dev"}, ["officers"], {})
}

test_one_label_that_does_not_fit_spares if {
	entry := {"groups": ["officers"], "labels": {"env": ["dev"], "data": ["test"]}}
	audience.spared(entry) with input as testing.on_as({"env": "dev", "data": "live"}, ["officers"], {})
	not audience.spared(entry) with input as testing.on_as({"env": "dev"}, ["officers"], {})
}

test_what_is_out_of_form_neither_opens_nor_spares if {
	every entry in [{}, {"groups": "officers", "labels": "dev"}, {"groups": {"x": 1}, "labels": {"env": "prod"}}] {
		not audience.opened(entry) with input as testing.of_groups(["officers"])
		not audience.spared(entry) with input as testing.of_groups(["officers"])
	}
}
