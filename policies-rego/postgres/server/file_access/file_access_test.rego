package gatehouse.postgres.server.file_access_test

import data.gatehouse.postgres.server.file_access
import data.gatehouse.testing

test_denies_by_trait if {
	count(file_access.deny) == 1 with input as testing.query({"traits": ["file_access"]})
}

test_denies_it_inside_another_statement if {
	count(file_access.deny) == 1 with input as testing.query(testing.around("PREPARE", {"traits": ["file_access"]}))
}

test_is_silent_elsewhere if {
	count(file_access.deny) == 0 with input as testing.query({"traits": ["returning"]})
}
