package gatehouse.postgres.access.unknown_group_test

import data.gatehouse.postgres.access.unknown_group
import data.gatehouse.testing

test_denies_a_principal_without_groups if {
	count(unknown_group.deny) == 1 with input as testing.connect([])
}

test_denies_a_principal_of_unknown_groups if {
	count(unknown_group.deny) == 1 with input as testing.of_groups(["strangers"])
}

test_is_silent_for_a_known_group if {
	count(unknown_group.deny) == 0 with input as testing.of_groups(["strangers", "readers"])
}
