package gatehouse.postgres.server.extension_test

import data.gatehouse.postgres.server.extension
import data.gatehouse.testing

test_denies_create_extension if {
	count(extension.deny) == 1 with input as testing.verb("CREATE EXTENSION")
}

test_denies_alter_extension if {
	count(extension.deny) == 1 with input as testing.verb("ALTER EXTENSION")
}

test_denies_drop_extension if {
	count(extension.deny) == 1 with input as testing.verb("DROP EXTENSION")
}

test_denies_load if {
	count(extension.deny) == 1 with input as testing.verb("LOAD")
}

test_denies_it_for_every_group if {
	count(extension.deny) == 1 with input as testing.as_group("schema-owners", testing.verb_fields("CREATE EXTENSION"))
}

test_denies_it_inside_another_statement if {
	count(extension.deny) == 1 with input as testing.query(testing.around("PREPARE", testing.verb_fields("CREATE EXTENSION")))
}

test_lets_create_table_through if {
	count(extension.deny) == 0 with input as testing.verb("CREATE TABLE")
}
