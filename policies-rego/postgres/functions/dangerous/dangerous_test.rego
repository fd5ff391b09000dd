package gatehouse.postgres.functions.dangerous_test

import data.gatehouse.postgres.functions.dangerous
import data.gatehouse.testing

test_denies_reading_a_file if {
	"Function pg_read_file is not for agents: it reads files of the server." in dangerous.deny with input as testing.calling("pg_catalog", "pg_read_file")
}

test_denies_whole_families if {
	every name in ["lo_import", "lo_get", "dblink", "dblink_exec", "pg_ls_dir", "pg_logical_emit_message"] {
		count(dangerous.deny) == 1 with input as testing.calling("pg_catalog", name)
	}
}

test_denies_other_sessions_and_settings if {
	every name in ["pg_terminate_backend", "pg_cancel_backend", "pg_sleep"] {
		count(dangerous.deny) == 1 with input as testing.calling("pg_catalog", name)
	}
}

test_denies_them_in_any_schema if {
	count(dangerous.deny) == 1 with input as testing.calling("extensions", "dblink_connect")
}

test_denies_them_in_a_statement_that_is_only_planned if {
	wrapped := testing.around("EXPLAIN", testing.calling_fields("pg_catalog", "pg_read_file"))
	count(dangerous.deny) == 1 with input as testing.query(wrapped)
}

test_denies_large_objects if {
	count(dangerous.deny) == 1 with input as testing.query({"traits": ["large_object"]})
}

test_lets_common_functions_through if {
	every name in ["count", "lower", "now", "log", "jsonb_path_query"] {
		count(dangerous.deny) == 0 with input as testing.calling("pg_catalog", name)
	}
}
