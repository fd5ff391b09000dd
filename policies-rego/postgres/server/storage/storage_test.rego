package gatehouse.postgres.server.storage_test

import data.gatehouse.postgres.server.storage
import data.gatehouse.testing

test_denies_create_database if {
	count(storage.deny) == 1 with input as testing.verb("CREATE DATABASE")
}

test_denies_drop_database if {
	count(storage.deny) == 1 with input as testing.verb("DROP DATABASE")
}

test_denies_alter_database if {
	count(storage.deny) == 1 with input as testing.verb("ALTER DATABASE")
}

test_denies_create_tablespace if {
	count(storage.deny) == 1 with input as testing.verb("CREATE TABLESPACE")
}

test_denies_it_for_every_group if {
	count(storage.deny) == 1 with input as testing.as_group("schema-owners", testing.verb_fields("CREATE DATABASE"))
}

test_denies_it_inside_another_statement if {
	count(storage.deny) == 1 with input as testing.query(testing.around("PREPARE", testing.verb_fields("CREATE DATABASE")))
}

test_lets_create_table_through if {
	count(storage.deny) == 0 with input as testing.verb("CREATE TABLE")
}
