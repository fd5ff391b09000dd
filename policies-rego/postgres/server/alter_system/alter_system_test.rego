package gatehouse.postgres.server.alter_system_test

import data.gatehouse.postgres.server.alter_system
import data.gatehouse.testing

test_denies_alter_system if {
	count(alter_system.deny) == 1 with input as testing.verb("ALTER SYSTEM")
}

test_denies_it_for_every_group if {
	count(alter_system.deny) == 1 with input as testing.as_group("schema-owners", testing.verb_fields("ALTER SYSTEM"))
}

test_denies_it_inside_another_statement if {
	count(alter_system.deny) == 1 with input as testing.query(testing.around("PREPARE", testing.verb_fields("ALTER SYSTEM")))
}

test_lets_alter_table_through if {
	count(alter_system.deny) == 0 with input as testing.verb("ALTER TABLE")
}
