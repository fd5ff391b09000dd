package gatehouse.http.access.unknown_group_test

import data.gatehouse.http.access.unknown_group
import data.gatehouse.testing

test_denies_a_principal_without_a_known_group if {
	count(unknown_group.deny) == 1 with input as testing.http_of([], {})
	count(unknown_group.deny) == 1 with input as testing.http_of(["strangers"], {})
}

test_is_silent_for_a_known_group if {
	count(unknown_group.deny) == 0 with input as testing.http_of(["strangers", "readers"], {})
}
