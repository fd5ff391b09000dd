package gatehouse.mcp.access.unknown_group_test

import data.gatehouse.mcp.access.unknown_group
import data.gatehouse.testing

test_denies_a_principal_without_a_known_group if {
	every groups in [[], ["strangers"], ["privacy-officers"]] {
		count(unknown_group.deny) == 1 with input as testing.mcp_of(groups, "mcp.session", {"method": "initialize"})
	}
}

test_is_silent_for_a_group_of_either_list if {
	count(unknown_group.deny) == 0 with input as testing.mcp_of(["readers"], "mcp.list", {})
	count(unknown_group.deny) == 0 with input as testing.mcp_of(["callers"], "mcp.list", {})
		with data.settings.mcp.groups as {"callers": {}}
}
