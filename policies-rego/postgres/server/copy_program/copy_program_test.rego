package gatehouse.postgres.server.copy_program_test

import data.gatehouse.postgres.server.copy_program
import data.gatehouse.testing

test_denies_a_program if {
	count(copy_program.deny) == 1 with input as testing.query({"verb": "COPY", "verbs": ["COPY"], "traits": ["copy_program"]})
}

test_lets_stdout_through if {
	count(copy_program.deny) == 0 with input as testing.query({"verb": "COPY", "verbs": ["COPY"]})
}
