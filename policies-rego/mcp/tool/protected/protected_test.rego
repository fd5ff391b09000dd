package gatehouse.mcp.tool.protected_test

import data.gatehouse.mcp.tool.protected
import data.gatehouse.testing

of(labels, groups, tool) := testing.tool_on_as(labels, groups, tool)

test_holds_what_writes_in_production_where_the_group_may_be_approved if {
	subject := of({"env": "prod"}, ["developers"], "update_person")
	"Tool update_person needs a reviewer's approval (it may write, in a protected environment)." in protected.hold with input as subject
	count(protected.deny) == 0 with input as subject
	count(protected.hold) == 1 with input as of({}, ["developers"], "frobnicate")
}

test_denies_it_otherwise if {
	subject := of({"env": "prod"}, ["readers"], "update_person")
	count(protected.deny) == 1 with input as subject
	count(protected.hold) == 0 with input as subject
	count(protected.deny) == 1 with input as of({"env": "prod"}, ["callers"], "update_person")
		with data.settings.mcp.groups as {"callers": {}}
}

test_lets_what_reads_through if {
	count(protected.hold | protected.deny) == 0 with input as of({"env": "prod"}, ["readers"], "get_person")
	count(protected.hold | protected.deny) == 0 with input as testing.mcp_on_as("mcp.list", {"env": "prod"}, ["readers"], {})
}

test_lets_a_group_write_where_settings_say_so if {
	count(protected.hold | protected.deny) == 0 with input as of({"env": "prod"}, ["developers"], "update_person")
		with data.settings.groups.developers.protected.allow as ["read", "write"]
}

test_is_silent_in_development if {
	count(protected.hold | protected.deny) == 0 with input as of({"env": "dev"}, ["readers"], "update_person")
}
