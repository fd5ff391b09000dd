package gatehouse.postgres.catalog.writes_test

import data.gatehouse.postgres.catalog.writes
import data.gatehouse.testing

test_denies_an_update_of_a_catalog if {
	count(writes.deny) == 1 with input as testing.touching("pg_catalog", "pg_class", "write")
}

test_denies_defining_in_the_systems_schemas if {
	count(writes.deny) == 1 with input as testing.touching("information_schema", "tables", "define")
}

test_lets_reading_through if {
	count(writes.deny) == 0 with input as testing.touching("pg_catalog", "pg_class", "read")
}

test_lets_writes_to_tables_through if {
	count(writes.deny) == 0 with input as testing.touching("public", "people", "write")
}
