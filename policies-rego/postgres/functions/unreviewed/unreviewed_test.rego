package gatehouse.postgres.functions.unreviewed_test

import data.gatehouse.postgres.functions.unreviewed
import data.gatehouse.testing

test_denies_a_volatile_function_that_is_not_reviewed if {
	"pg_advisory_lock may change more than tables and is not reviewed; do without, or ask the policy's owner." in unreviewed.deny with input as testing.calling_volatile("pg_advisory_lock")
}

test_denies_what_a_later_server_adds if {
	count(unreviewed.deny) == 1 with input as testing.calling_volatile("pg_new_in_version_99")
}

test_denies_unknown_volatility if {
	fields := {"functions": [{"schema": "pg_catalog", "name": "pg_new", "resolved": true, "volatility": "unknown"}]}
	count(unreviewed.deny) == 1 with input as testing.query(fields)
}

test_lets_reviewed_functions_through if {
	every name in ["random", "gen_random_uuid", "clock_timestamp", "nextval", "pg_relation_size"] {
		count(unreviewed.deny) == 0 with input as testing.calling_volatile(name)
	}
}

test_lets_overloads_that_differ_harmlessly_through if {
	fields := {"functions": [{"schema": "pg_catalog", "name": "date_trunc", "resolved": true, "volatility": "unknown"}]}
	count(unreviewed.deny) == 0 with input as testing.query(fields)
}

test_lets_stable_functions_through if {
	count(unreviewed.deny) == 0 with input as testing.calling("pg_catalog", "current_setting")
}
