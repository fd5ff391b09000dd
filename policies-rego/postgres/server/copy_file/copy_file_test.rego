package gatehouse.postgres.server.copy_file_test

import data.gatehouse.postgres.server.copy_file
import data.gatehouse.testing

test_denies_a_file if {
	count(copy_file.deny) == 1 with input as testing.query({"verb": "COPY", "verbs": ["COPY"], "traits": ["copy_file"]})
}

test_lets_stdin_through if {
	count(copy_file.deny) == 0 with input as testing.query({"verb": "COPY", "verbs": ["COPY"], "writes": true})
}
