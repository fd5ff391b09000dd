package gatehouse.postgres.privilege.row_security_test

import data.gatehouse.postgres.privilege.row_security
import data.gatehouse.testing

test_denies_create_policy if {
	count(row_security.deny) == 1 with input as testing.verb("CREATE POLICY")
}

test_denies_alter_policy if {
	count(row_security.deny) == 1 with input as testing.verb("ALTER POLICY")
}

test_denies_drop_policy if {
	count(row_security.deny) == 1 with input as testing.verb("DROP POLICY")
}

test_denies_security_label if {
	count(row_security.deny) == 1 with input as testing.verb("SECURITY LABEL")
}

test_denies_it_for_every_group if {
	count(row_security.deny) == 1 with input as testing.as_group("schema-owners", testing.verb_fields("CREATE POLICY"))
}

test_denies_it_inside_another_statement if {
	count(row_security.deny) == 1 with input as testing.query(testing.around("PREPARE", testing.verb_fields("CREATE POLICY")))
}

test_lets_create_table_through if {
	count(row_security.deny) == 0 with input as testing.verb("CREATE TABLE")
}
