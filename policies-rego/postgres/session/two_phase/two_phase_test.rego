package gatehouse.postgres.session.two_phase_test

import data.gatehouse.postgres.session.two_phase
import data.gatehouse.testing

test_denies_prepare_transaction if {
	count(two_phase.deny) == 1 with input as testing.verb("PREPARE TRANSACTION")
}

test_denies_by_trait if {
	count(two_phase.deny) == 1 with input as testing.query({"traits": ["two_phase"]})
}

test_lets_commit_through if {
	count(two_phase.deny) == 0 with input as testing.verb("COMMIT")
}
