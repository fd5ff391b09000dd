package gatehouse.postgres.destructive.drop_test

import data.gatehouse.postgres.destructive.drop
import data.gatehouse.testing

test_denies_drop_table if {
	count(drop.deny) == 1 with input as testing.verb("DROP TABLE")
}

test_denies_drop_schema if {
	count(drop.deny) == 1 with input as testing.verb("DROP SCHEMA")
}

test_denies_drop_owned if {
	count(drop.deny) == 1 with input as testing.verb("DROP OWNED")
}

test_denies_it_for_every_group if {
	count(drop.deny) == 1 with input as testing.as_group("schema-owners", testing.verb_fields("DROP TABLE"))
}

test_denies_it_inside_another_statement if {
	count(drop.deny) == 1 with input as testing.query(testing.around("PREPARE", testing.verb_fields("DROP TABLE")))
}

test_lets_create_table_through if {
	count(drop.deny) == 0 with input as testing.verb("CREATE TABLE")
}
