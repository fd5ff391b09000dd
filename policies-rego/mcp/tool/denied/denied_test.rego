package gatehouse.mcp.tool.denied_test

import data.gatehouse.mcp.tool.denied
import data.gatehouse.testing

test_denies_what_is_listed_and_says_why if {
	"Tool delete_person is denied: nothing is deleted through tools; ask a person to do it." in denied.deny with input as testing.tool("delete_person")
	count(denied.deny) == 1 with input as testing.tool("export_people")
}

test_is_silent_on_other_tools_and_on_what_is_no_tool if {
	count(denied.deny) == 0 with input as testing.tool("get_person")
	count(denied.deny) == 0 with input as testing.prompt("delete_person")
	count(denied.deny) == 0 with input as testing.mcp("mcp.list", {})
		with data.settings.mcp.tools.denied as [{}]
}

test_spares_who_is_excepted if {
	count(denied.deny) == 0 with input as testing.tool_on_as({"env": "dev"}, ["developers", "data-exporters"], "export_people")
}

test_an_entry_is_about_what_it_names_and_closes_more_where_it_is_not_complete if {
	every other in [{"tools": ["x"]}, {"upstreams": ["hr"]}, {"labels": {"env": ["prod"]}}, {"groups": ["readers"]}] {
		count(denied.deny) == 0 with input as testing.tool("get_person")
			with data.settings.mcp.tools.denied as [other]
	}
	every more in [{}, {"tool": ["x"]}, {"tools": "x"}] {
		"Tool get_person is denied; do without it, or ask a person to do this." in denied.deny with input as testing.tool("get_person")
			with data.settings.mcp.tools.denied as [more]
	}
}
