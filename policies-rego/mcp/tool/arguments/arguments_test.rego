package gatehouse.mcp.tool.arguments_test

import data.gatehouse.mcp.tool.arguments
import data.gatehouse.testing

test_denies_a_search_for_everybody if {
	every term in ["%", "", " * ", "."] {
		"The search would find everybody; look for a part of a name or an address." in arguments.deny with input as testing.tool_with("search_people", {"term": term})
	}
	count(arguments.deny) == 1 with input as testing.tool_with("search_people", {"filter": [{"term": "%"}]})
}

test_the_case_of_the_letters_of_an_argument_does_not_matter if {
	asked := {"method": "tools/call", "tool": "search_people", "arguments": {"Term": "%"}, "argument_fields": {"term": "%"}}
	count(arguments.deny) == 1 with input as testing.mcp("mcp.tool", asked)
}

test_lets_a_search_for_somebody_through if {
	count(arguments.deny) == 0 with input as testing.tool_with("search_people", {"term": "ann", "limit": 5})
	count(arguments.deny) == 0 with input as testing.tool_with("get_person", {"term": "%"})
	count(arguments.deny) == 0 with input as testing.mcp("mcp.list", {})
}

large := {"tools": ["search_*"], "argument": "limit", "matches": "^[0-9]{3,}$", "verdict": "hold"}

test_holds_where_the_entry_says_so if {
	arguments.hold == {"Tool search_people: what stands in limit is not let through; ask the policy's owner what may."} with input as testing.tool_with("search_people", {"limit": 100})
		with data.settings.mcp.tools.arguments as [large]
	count(arguments.deny) == 0 with input as testing.tool_with("search_people", {"limit": 100})
		with data.settings.mcp.tools.arguments as [large]
	count(arguments.hold) == 0 with input as testing.tool_with("search_people", {"limit": 99})
		with data.settings.mcp.tools.arguments as [large]
}

test_an_entry_that_is_not_complete_denies_more if {
	every entry in [{}, {"argument": "limit"}, {"matches": "(", "argument": "limit"}, {"tools": "x"}] {
		count(arguments.deny) == 1 with input as testing.tool_with("search_people", {"limit": 1})
			with data.settings.mcp.tools.arguments as [entry]
	}
}
