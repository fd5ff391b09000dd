package gatehouse.postgres.access.granted_test

import data.gatehouse.postgres.access.granted
import data.gatehouse.testing

test_developer_reads if {
	count(granted.allow) == 1 with input as testing.query({})
}

test_reason_names_the_groups_that_grant if {
	"Granted to developers, readers." in granted.allow with input as testing.of_groups(["strangers", "readers", "developers"])
}

test_developer_writes_in_development if {
	count(granted.allow) == 1 with input as testing.query(testing.update)
}

test_developer_does_not_write_in_production if {
	count(granted.allow) == 0 with input as testing.on({"env": "prod"}, testing.update)
}

test_developer_reads_in_production if {
	count(granted.allow) == 1 with input as testing.on({"env": "prod"}, {})
}

test_reader_does_not_write if {
	count(granted.allow) == 0 with input as testing.as_group("readers", testing.update)
}

test_stranger_gets_nothing if {
	count(granted.allow) == 0 with input as testing.of_groups(["strangers"])
}

test_connect_needs_a_grant_too if {
	count(granted.allow) == 1 with input as testing.connect(["readers"])
	count(granted.allow) == 0 with input as testing.connect([])
}

test_grants_no_kind_of_action_that_is_not_judged if {
	count(granted.allow) == 0 with input as testing.kind_only("postgres.function_call")
	count(granted.allow) == 0 with input as testing.kind_only("telnet.open")
}

test_unlabelled_upstream_counts_as_protected if {
	count(granted.allow) == 0 with input as testing.on({}, testing.update)
}

test_unlabelled_upstream_is_ordinary_where_settings_say_so if {
	count(granted.allow) == 1 with input as testing.on({}, testing.update)
		with data.settings.environments.unlabelled as "ordinary"
}
