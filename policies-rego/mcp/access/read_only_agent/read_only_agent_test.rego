package gatehouse.mcp.access.read_only_agent_test

import data.gatehouse.mcp.access.read_only_agent
import data.gatehouse.testing

of(tool) := testing.tool_on_as({"env": "dev"}, ["readonly", "developers"], tool)

test_denies_a_tool_that_writes_or_is_not_listed_as_reading if {
	"You are read-only here. Tool update_person may write; call tools that only read." in read_only_agent.deny with input as of("update_person")
	count(read_only_agent.deny) == 1 with input as of("frobnicate")
	count(read_only_agent.deny) == 1 with input as of("get_and_delete")
}

test_lets_it_read if {
	count(read_only_agent.deny) == 0 with input as of("get_person")
	count(read_only_agent.deny) == 0 with input as testing.mcp_of(["readonly"], "mcp.list", {})
}

test_is_silent_for_others if {
	count(read_only_agent.deny) == 0 with input as testing.tool("update_person")
}
