package gatehouse.http.access.granted_test

import data.gatehouse.http.access.granted
import data.gatehouse.testing

test_developer_reads_and_writes_in_development if {
	every method in ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"] {
		"Granted to developers." in granted.allow with input as testing.method(method)
	}
}

test_developer_reads_and_does_not_write_in_production if {
	count(granted.allow) == 1 with input as testing.http_on({"env": "prod"}, {})
	count(granted.allow) == 0 with input as testing.http_on({"env": "prod"}, {"method": "POST"})
}

test_reader_reads_and_does_not_write if {
	count(granted.allow) == 1 with input as testing.http_of(["readers"], {})
	count(granted.allow) == 0 with input as testing.http_of(["readers"], {"method": "PATCH"})
}

test_grants_no_method_that_is_not_listed if {
	every method in ["TRACE", "CONNECT", "PROPFIND", "get", ""] {
		count(granted.allow) == 0 with input as testing.method(method)
	}
}

test_a_method_may_need_less_on_a_path_that_the_settings_name if {
	search := {"method": "POST", "path": "/search", "template": null}
	count(granted.allow) == 1 with input as testing.http_of(["readers"], search)
	elsewhere := object.union(search, {"path": "/search/save"})
	count(granted.allow) == 0 with input as testing.http_of(["readers"], elsewhere)
}

override(upstreams, paths, capability) := [{"upstreams": upstreams, "paths": paths, "methods": {"GET": capability}}]

test_a_method_may_need_more_by_template if {
	entry := override(["ap*"], ["/people/{id}"], "write")
	count(granted.allow) == 0 with input as testing.http_of(["readers"], {})
		with data.settings.http.overrides as entry
	count(granted.allow) == 1 with input as testing.http({}) with data.settings.http.overrides as entry
}

test_of_several_entries_all_is_needed if {
	entries := array.concat(override(["*"], ["/**"], "read"), override(["*"], ["/people/*"], "write"))
	count(granted.allow) == 0 with input as testing.http_of(["readers"], {})
		with data.settings.http.overrides as entries
}

test_an_entry_of_another_upstream_or_without_one_changes_nothing if {
	every entry in [override(["crm"], ["/**"], "write")[0], {"paths": ["/**"], "methods": {"GET": "write"}}] {
		count(granted.allow) == 1 with input as testing.http_of(["readers"], {})
			with data.settings.http.overrides as [entry]
	}
}

test_stranger_gets_nothing if {
	count(granted.allow) == 0 with input as testing.http_of(["strangers"], {})
}

test_grants_no_websocket_and_nothing_of_an_mcp_server if {
	count(granted.allow) == 0 with input as testing.websocket({"env": "dev"}, ["developers"])
	count(granted.allow) == 0 with input as object.union(testing.http({}), {"upstream": {"protocol": "mcp"}})
}

test_grants_no_request_with_a_member_missing if {
	whole := testing.http({})
	every member in ["method", "path", "query", "body"] {
		request := object.remove(whole.action.request, [member])
		bare := object.union(object.remove(whole, ["action"]), {"action": {"kind": "http.request", "request": request}})
		count(granted.allow) == 0 with input as bare
	}
}
