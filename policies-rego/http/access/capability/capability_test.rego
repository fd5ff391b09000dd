package gatehouse.http.access.capability_test

import data.gatehouse.http.access.capability
import data.gatehouse.testing

test_denies_a_write_of_a_reader if {
	"POST /people/{id} needs what your groups lack (write); only read, or ask for a group that has it." in capability.deny with input as testing.http_of(["readers"], {"method": "POST"})
}

test_does_not_repeat_a_path_without_a_template if {
	some reason in capability.deny with input as testing.http_of(["readers"], {"method": "PUT", "path": "/people/ann@example.com", "template": null})
	startswith(reason, "PUT on this path needs what your groups lack")
}

test_lets_a_reader_read_and_a_developer_write if {
	count(capability.deny) == 0 with input as testing.http_of(["readers"], {})
	count(capability.deny) == 0 with input as testing.method("DELETE")
}

test_denies_a_reader_a_websocket if {
	"This WebSocket needs what your groups lack (write); only read, or ask for a group that has it." in capability.deny with input as testing.websocket({"env": "dev"}, ["readers"])
}

test_lets_a_reader_listen_where_settings_say_that_a_websocket_reads if {
	count(capability.deny) == 0 with input as testing.websocket({"env": "dev"}, ["readers"])
		with data.settings.http.websocket.capability as "read"
}

test_is_silent_on_protected_upstreams if {
	count(capability.deny) == 0 with input as testing.http_on({"env": "prod"}, {"method": "POST"})
}
