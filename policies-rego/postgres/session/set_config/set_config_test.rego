package gatehouse.postgres.session.set_config_test

import data.gatehouse.postgres.session.set_config
import data.gatehouse.testing

calling_set_config := object.union(testing.calling_fields("pg_catalog", "set_config"), {"traits": ["set_config"]})

test_denies_it_within_a_query if {
	count(set_config.deny) == 1 with input as testing.query(calling_set_config)
}

test_denies_it_where_a_view_calls_it if {
	count(set_config.deny) == 1 with input as testing.calling("pg_catalog", "set_config")
}

test_denies_it_prepared if {
	inside := object.union(calling_set_config, {"setting": {"name": "role", "value": "x", "local": false}})
	count(set_config.deny) == 1 with input as testing.query(testing.around("PREPARE", inside))
}

test_leaves_it_to_the_rules_of_set_where_it_stands_alone if {
	fields := object.union(calling_set_config, {"setting": {"name": "search_path", "value": "", "local": false}})
	count(set_config.deny) == 0 with input as testing.query(fields)
}

test_is_silent_elsewhere if {
	count(set_config.deny) == 0 with input as testing.query({})
}
