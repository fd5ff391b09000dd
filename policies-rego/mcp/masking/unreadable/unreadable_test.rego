package gatehouse.mcp.masking.unreadable_test

import data.gatehouse.mcp.masking.unreadable
import data.gatehouse.testing

asked(labels, groups) := testing.tool_on_as(labels, groups, "get_person")

high := {"env": "dev", "sensitivity": "high"}

test_passes_on_upstreams_that_are_not_sensitive if {
	every labels in [{}, {"env": "prod"}, {"sensitivity": "low"}] {
		unreadable.oblige == {{"kind": "pass_unreadable", "direction": "both"}} with input as asked(labels, ["readers"])
	}
}

test_does_not_pass_on_a_sensitive_one if {
	count(unreadable.oblige) == 0 with input as asked(high, ["developers"])
}

test_passes_there_for_whom_the_settings_name if {
	entry := {"groups": ["developers"], "labels": {"env": ["dev"]}, "direction": "response"}
	unreadable.oblige == {{"kind": "pass_unreadable", "direction": "response"}} with input as asked(high, ["developers"])
		with data.settings.masking.unreadable as [entry]
	count(unreadable.oblige) == 0 with input as asked(high, ["readers"])
		with data.settings.masking.unreadable as [entry]
	every less in ["groups", "labels", "direction"] {
		count(unreadable.oblige) == 0 with input as asked(high, ["developers"])
			with data.settings.masking.unreadable as [object.remove(entry, [less])]
	}
}

test_passes_nowhere_where_the_settings_name_no_label if {
	count(unreadable.oblige) == 0 with input as asked({}, ["developers"]) with data.settings.sensitivity as {}
}
