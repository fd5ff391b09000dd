package gatehouse.postgres.server.foreign_test

import data.gatehouse.postgres.server.foreign
import data.gatehouse.testing

test_denies_create_server if {
	count(foreign.deny) == 1 with input as testing.verb("CREATE SERVER")
}

test_denies_create_foreign_data_wrapper if {
	count(foreign.deny) == 1 with input as testing.verb("CREATE FOREIGN DATA WRAPPER")
}

test_denies_create_user_mapping if {
	count(foreign.deny) == 1 with input as testing.verb("CREATE USER MAPPING")
}

test_denies_alter_server if {
	count(foreign.deny) == 1 with input as testing.verb("ALTER SERVER")
}

test_denies_drop_server if {
	count(foreign.deny) == 1 with input as testing.verb("DROP SERVER")
}

test_denies_import_foreign_schema if {
	count(foreign.deny) == 1 with input as testing.verb("IMPORT FOREIGN SCHEMA")
}

test_denies_create_foreign_table if {
	count(foreign.deny) == 1 with input as testing.verb("CREATE FOREIGN TABLE")
}

test_denies_it_for_every_group if {
	count(foreign.deny) == 1 with input as testing.as_group("schema-owners", testing.verb_fields("CREATE SERVER"))
}

test_denies_it_inside_another_statement if {
	count(foreign.deny) == 1 with input as testing.query(testing.around("PREPARE", testing.verb_fields("CREATE SERVER")))
}

test_lets_create_table_through if {
	count(foreign.deny) == 0 with input as testing.verb("CREATE TABLE")
}
