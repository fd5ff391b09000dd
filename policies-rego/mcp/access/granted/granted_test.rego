package gatehouse.mcp.access.granted_test

import data.gatehouse.mcp.access.granted
import data.gatehouse.testing

test_developer_calls_the_listed_tools if {
	every tool in ["search_people", "get_person", "list_orders"] {
		"Granted to developers." in granted.allow with input as testing.tool(tool)
	}
	every tool in ["delete_person", "export_people", "get_persons", "", "Get_person"] {
		count(granted.allow) == 0 with input as testing.tool(tool)
	}
}

test_reads_the_listed_resources_and_prompts if {
	count(granted.allow) == 1 with input as testing.resource("people://1")
	count(granted.allow) == 0 with input as testing.resource("file:///etc/passwd")
	count(granted.allow) == 1 with input as testing.resources(["people://1", "people://2"])
	count(granted.allow) == 0 with input as testing.resources(["people://1", "file:///etc/passwd"])
	count(granted.allow) == 0 with input as testing.resources([])
	count(granted.allow) == 1 with input as testing.prompt("summarise_person")
	count(granted.allow) == 0 with input as testing.prompt("other")
}

test_a_tool_is_no_resource_and_no_prompt if {
	count(granted.allow) == 0 with input as testing.resource("get_person")
	count(granted.allow) == 0 with input as testing.prompt("get_person")
}

test_names_only_the_groups_that_have_it if {
	"Granted to developers." in granted.allow with input as testing.tool_on_as({"env": "dev"}, ["developers", "readers"], "slow_report")
}

test_whoever_is_known_opens_sessions_lists_and_pings if {
	every group in ["developers", "readers", "readonly"] {
		every asked in [
			["mcp.session", "initialize"],
			["mcp.session", "DELETE"],
			["mcp.list", "tools/list"],
			["mcp.notification", "notifications/initialized"],
			["mcp.response", ""],
			["mcp.request", "ping"],
		] {
			count(granted.allow) == 1 with input as testing.mcp_of([group], asked[0], {"method": asked[1]})
			count(granted.allow) == 0 with input as testing.mcp_of(["strangers"], asked[0], {"method": asked[1]})
		}
	}
}

test_other_requests_and_kinds_are_granted_to_nobody if {
	count(granted.allow) == 0 with input as testing.mcp("mcp.request", {"method": "tasks/cancel"})
	count(granted.allow) == 0 with input as testing.mcp("mcp.dream", {"method": "ping"})
	count(granted.allow) == 0 with input as testing.mcp("mcp.tool", {"method": "ping"})
}

listing(entry) := {"developers": {"tools": [entry]}}

test_an_entry_may_have_stars_and_name_upstreams_and_labels if {
	every entry in [
		"*",
		"get_*",
		{"names": ["get_*"], "upstreams": ["crm"], "labels": {"env": ["dev"]}},
		{"names": ["get_person"], "upstreams": ["*"], "labels": {}},
	] {
		count(granted.allow) == 1 with input as testing.tool("get_person")
			with data.settings.mcp.groups as listing(entry)
	}
	every entry in [
		{"names": ["get_*"], "upstreams": ["hr"], "labels": {}},
		{"names": ["get_*"], "upstreams": ["*"], "labels": {"env": ["prod"]}},
	] {
		count(granted.allow) == 0 with input as testing.tool("get_person")
			with data.settings.mcp.groups as listing(entry)
	}
}

test_an_entry_that_is_not_complete_grants_nothing if {
	entry := {"names": ["get_*"], "upstreams": ["*"], "labels": {}}
	every name in ["names", "upstreams", "labels"] {
		count(granted.allow) == 0 with input as testing.tool("get_person")
			with data.settings.mcp.groups as listing(object.remove(entry, [name]))
	}
	every other in [1, null, ["get_person"], {"names": "get_person", "upstreams": ["*"], "labels": {}}] {
		count(granted.allow) == 0 with input as testing.tool("get_person")
			with data.settings.mcp.groups as listing(other)
	}
}

test_a_group_may_be_known_to_mcp_alone if {
	settings := {"callers": {"tools": ["get_person"]}}
	count(granted.allow) == 1 with input as testing.tool_on_as({"env": "dev"}, ["callers"], "get_person")
		with data.settings.mcp.groups as settings
	count(granted.allow) == 1 with input as testing.mcp_of(["callers"], "mcp.list", {})
		with data.settings.mcp.groups as settings
}

test_a_granted_tool_is_granted_in_production_too if {
	count(granted.allow) == 1 with input as testing.tool_on_as({"env": "prod"}, ["developers"], "get_person")
}
