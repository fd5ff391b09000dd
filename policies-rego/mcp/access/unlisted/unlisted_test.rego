package gatehouse.mcp.access.unlisted_test

import data.gatehouse.mcp.access.unlisted
import data.gatehouse.testing

test_denies_a_tool_that_the_group_has_not if {
	"Tool slow_report is not granted to your groups (readers); use what is, or ask the policy's owner to list it." in unlisted.deny with input as testing.tool_on_as({"env": "dev"}, ["readers"], "slow_report")
}

test_does_not_repeat_a_uri if {
	"This resource is not granted to your groups (developers); use what is, or ask the policy's owner to list it." in unlisted.deny with input as testing.resource("mail://ann@example.com")
}

test_denies_several_resources_where_one_is_not_granted if {
	count(unlisted.deny) == 1 with input as testing.resources(["people://1", "file:///etc/passwd"])
	count(unlisted.deny) == 0 with input as testing.resources(["people://1", "people://2"])
}

test_denies_other_requests if {
	count(unlisted.deny) == 1 with input as testing.mcp("mcp.request", {"method": "tasks/result"})
	count(unlisted.deny) == 1 with input as testing.mcp("mcp.dream", {})
}

test_is_silent_on_what_is_granted if {
	every asked in [
		testing.tool("get_person"),
		testing.resource("people://1"),
		testing.prompt("summarise_person"),
		testing.mcp("mcp.list", {}),
		testing.mcp("mcp.request", {"method": "ping"}),
	] {
		count(unlisted.deny) == 0 with input as asked
	}
}

test_leaves_strangers_to_the_rule_of_unknown_groups if {
	count(unlisted.deny) == 0 with input as testing.tool_on_as({"env": "dev"}, ["strangers"], "get_person")
}
