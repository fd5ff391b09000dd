package gatehouse.postgres.privilege.roles_test

import data.gatehouse.postgres.privilege.roles
import data.gatehouse.testing

test_denies_create_role if {
	count(roles.deny) == 1 with input as testing.verb("CREATE ROLE")
}

test_denies_alter_role if {
	count(roles.deny) == 1 with input as testing.verb("ALTER ROLE")
}

test_denies_drop_role if {
	count(roles.deny) == 1 with input as testing.verb("DROP ROLE")
}

test_denies_create_user if {
	count(roles.deny) == 1 with input as testing.verb("CREATE USER")
}

test_denies_reassign_owned if {
	count(roles.deny) == 1 with input as testing.verb("REASSIGN OWNED")
}

test_denies_drop_owned if {
	count(roles.deny) == 1 with input as testing.verb("DROP OWNED")
}

test_denies_it_for_every_group if {
	count(roles.deny) == 1 with input as testing.as_group("schema-owners", testing.verb_fields("CREATE ROLE"))
}

test_denies_it_inside_another_statement if {
	count(roles.deny) == 1 with input as testing.query(testing.around("PREPARE", testing.verb_fields("CREATE ROLE")))
}

test_lets_create_user_mapping_through if {
	count(roles.deny) == 0 with input as testing.verb("CREATE USER MAPPING")
}

test_lets_create_table_through if {
	count(roles.deny) == 0 with input as testing.verb("CREATE TABLE")
}
