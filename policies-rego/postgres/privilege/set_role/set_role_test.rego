package gatehouse.postgres.privilege.set_role_test

import data.gatehouse.postgres.privilege.set_role
import data.gatehouse.testing

test_denies_set_role_by_trait if {
	count(set_role.deny) == 1 with input as testing.query({"verb": "SET", "verbs": ["SET"], "traits": ["set_role"]})
}

test_denies_set_session_authorization_by_trait if {
	count(set_role.deny) == 1 with input as testing.query({"verb": "SET", "verbs": ["SET"], "traits": ["set_session_authorization"]})
}

test_denies_it_by_the_name_of_the_setting if {
	count(set_role.deny) == 1 with input as testing.setting("role", "app_owner")
}

test_lets_other_settings_through if {
	count(set_role.deny) == 0 with input as testing.setting("statement_timeout", "5s")
}

test_lets_show_through if {
	count(set_role.deny) == 0 with input as testing.show("role")
}
