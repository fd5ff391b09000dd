package gatehouse.postgres.privilege.grant_revoke_test

import data.gatehouse.postgres.privilege.grant_revoke
import data.gatehouse.testing

test_denies_grant if {
	count(grant_revoke.deny) == 1 with input as testing.verb("GRANT")
}

test_denies_revoke if {
	count(grant_revoke.deny) == 1 with input as testing.verb("REVOKE")
}

test_denies_alter_default_privileges if {
	count(grant_revoke.deny) == 1 with input as testing.verb("ALTER DEFAULT PRIVILEGES")
}

test_denies_it_for_every_group if {
	count(grant_revoke.deny) == 1 with input as testing.as_group("schema-owners", testing.verb_fields("GRANT"))
}

test_denies_it_inside_another_statement if {
	count(grant_revoke.deny) == 1 with input as testing.query(testing.around("PREPARE", testing.verb_fields("GRANT")))
}

test_lets_select_through if {
	count(grant_revoke.deny) == 0 with input as testing.verb("SELECT")
}
