package gatehouse.postgres.destructive.alter_test

import data.gatehouse.postgres.destructive.alter
import data.gatehouse.testing

test_denies_alter_table if {
	count(alter.deny) == 1 with input as testing.verb("ALTER TABLE")
}

test_denies_alter_type if {
	count(alter.deny) == 1 with input as testing.verb("ALTER TYPE")
}

test_denies_it_for_every_group if {
	count(alter.deny) == 1 with input as testing.as_group("schema-owners", testing.verb_fields("ALTER TABLE"))
}

test_denies_it_inside_another_statement if {
	count(alter.deny) == 1 with input as testing.query(testing.around("PREPARE", testing.verb_fields("ALTER TABLE")))
}

test_lets_update_through if {
	count(alter.deny) == 0 with input as testing.verb("UPDATE")
}
