package gatehouse.postgres.session.protected_settings_test

import data.gatehouse.postgres.session.protected_settings
import data.gatehouse.testing

test_denies_switching_triggers_off if {
	count(protected_settings.deny) == 1 with input as testing.setting("session_replication_role", "replica")
}

test_denies_switching_logs_off if {
	count(protected_settings.deny) == 1 with input as testing.setting("log_statement", "none")
	count(protected_settings.deny) == 1 with input as testing.setting("pgaudit.log", "none")
}

test_denies_the_gates_own_names if {
	count(protected_settings.deny) == 1 with input as testing.setting("gatehouse.subject", "someone")
}

test_lets_ordinary_settings_through if {
	every name in ["statement_timeout", "search_path", "timezone", "application_name"] {
		count(protected_settings.deny) == 0 with input as testing.setting(name, "x")
	}
}

test_lets_show_through if {
	count(protected_settings.deny) == 0 with input as testing.show("log_statement")
}
