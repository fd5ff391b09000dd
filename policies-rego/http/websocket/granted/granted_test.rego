package gatehouse.http.websocket.granted_test

import data.gatehouse.http.websocket.granted
import data.gatehouse.testing

dev := {"env": "dev"}

test_opens_to_a_developer_in_development if {
	count(granted.allow) == 1 with input as testing.websocket(dev, ["developers"])
	count(granted.allow) == 1 with input as testing.message(dev, ["developers"], testing.json({}))
	count(granted.deny) == 0 with input as testing.websocket(dev, ["developers"])
}

test_opens_to_nobody_else if {
	every groups in [["readers"], ["strangers"], []] {
		count(granted.allow) == 0 with input as testing.websocket(dev, groups)
		count(granted.deny) == 1 with input as testing.websocket(dev, groups)
	}
	count(granted.deny) == 1 with input as testing.websocket({"env": "prod"}, ["developers"])
}

test_a_reader_needs_the_capability_too if {
	open := [{"groups": ["*"], "labels": {}, "paths": ["/ws"]}]
	count(granted.allow) == 0 with input as testing.websocket(dev, ["readers"])
		with data.settings.http.websocket.open as open
	count(granted.allow) == 1 with input as testing.websocket(dev, ["readers"])
		with data.settings.http.websocket as {"capability": "read", "open": open}
}

test_opens_only_the_paths_that_are_named if {
	every paths in [["/events"], [], "/ws"] {
		count(granted.allow) == 0 with input as testing.websocket(dev, ["developers"])
			with data.settings.http.websocket.open as [{"groups": ["*"], "labels": {}, "paths": paths}]
	}
}

test_is_silent_on_plain_requests if {
	count(granted.allow | granted.deny) == 0 with input as testing.http({})
}
