package gatehouse.http.access.read_only_agent_test

import data.gatehouse.http.access.read_only_agent
import data.gatehouse.testing

test_denies_a_write_although_another_group_grants_it if {
	count(read_only_agent.deny) == 1 with input as testing.http_of(["readonly", "developers"], {"method": "POST"})
}

test_denies_a_write_of_a_listed_subject if {
	count(read_only_agent.deny) == 1 with input as testing.method("DELETE")
		with data.settings.read_only.subjects as ["agent:test"]
}

test_lets_it_read if {
	count(read_only_agent.deny) == 0 with input as testing.http_of(["readonly"], {})
}

test_is_silent_for_others if {
	count(read_only_agent.deny) == 0 with input as testing.method("POST")
}
