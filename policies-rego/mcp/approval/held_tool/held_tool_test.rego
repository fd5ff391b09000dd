package gatehouse.mcp.approval.held_tool_test

import data.gatehouse.mcp.approval.held_tool
import data.gatehouse.testing

test_holds_what_is_listed_by_name_or_pattern_and_says_so if {
	every name in ["slow_report", "slow_*", "*"] {
		"Tool slow_report needs a reviewer's approval." in held_tool.hold with input as testing.tool("slow_report")
			with data.settings.mcp.tools.held as [{"tools": [name]}]
	}
	held_tool.hold == {"Ask."} with input as testing.tool("slow_report")
		with data.settings.mcp.tools.held as [{"tools": ["slow_report"], "reason": "Ask."}]
}

test_hands_on_the_terms_of_each_entry_that_fits if {
	held_tool.terms == {{}, {"mode": "wait"}} with input as testing.tool("slow_report")
		with data.settings.mcp.tools.held as [{"tools": ["slow_*"]}, {"terms": {"mode": "wait"}}, {"tools": ["x"], "terms": {"mode": "retry"}}]
}

test_is_silent_on_other_tools_and_on_what_is_no_tool if {
	count(held_tool.hold) == 0 with input as testing.tool("get_person")
		with data.settings.mcp.tools.held as [{"tools": ["slow_*"]}]
	count(held_tool.hold) == 0 with input as testing.prompt("slow_report")
		with data.settings.mcp.tools.held as [{}]
}

test_is_off_unless_settings_say_so if {
	count(held_tool.hold) == 0 with input as testing.tool("slow_report")
}

test_an_entry_is_about_whom_and_where_it_says if {
	every other in [{"groups": ["readers"]}, {"upstreams": ["hr"]}, {"labels": {"env": ["prod"]}}, {"except": ["developers"]}] {
		count(held_tool.hold) == 0 with input as testing.tool("slow_report")
			with data.settings.mcp.tools.held as [other]
	}
	every more in [{}, {"tool": ["x"]}, {"tools": "x"}] {
		count(held_tool.hold) == 1 with input as testing.tool("slow_report")
			with data.settings.mcp.tools.held as [more]
	}
}
