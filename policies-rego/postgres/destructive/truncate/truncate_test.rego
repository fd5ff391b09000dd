package gatehouse.postgres.destructive.truncate_test

import data.gatehouse.postgres.destructive.truncate
import data.gatehouse.testing

test_denies_truncate if {
	count(truncate.deny) == 1 with input as testing.verb("TRUNCATE")
}

test_denies_it_for_every_group if {
	count(truncate.deny) == 1 with input as testing.as_group("schema-owners", testing.verb_fields("TRUNCATE"))
}

test_denies_it_inside_another_statement if {
	count(truncate.deny) == 1 with input as testing.query(testing.around("PREPARE", testing.verb_fields("TRUNCATE")))
}

test_lets_delete_through if {
	count(truncate.deny) == 0 with input as testing.verb("DELETE")
}
