package gatehouse.postgres.statement.unlisted_verb_test

import data.gatehouse.postgres.statement.unlisted_verb
import data.gatehouse.testing

test_denies_a_verb_that_is_not_listed if {
	count(unlisted_verb.deny) == 1 with input as testing.verb("FROBNICATE")
}

test_denies_it_inside if {
	count(unlisted_verb.deny) == 1 with input as testing.query({"verbs": ["SELECT", "FROBNICATE"]})
}

test_lets_listed_verbs_through if {
	every verb in ["SELECT", "DROP TABLE", "SET", "START TRANSACTION", "EMPTY"] {
		count(unlisted_verb.deny) == 0 with input as testing.verb(verb)
	}
}
