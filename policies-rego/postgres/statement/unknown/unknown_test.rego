package gatehouse.postgres.statement.unknown_test

import data.gatehouse.postgres.statement.unknown
import data.gatehouse.testing

test_denies_what_does_not_parse if {
	fields := {"complete": false, "unknown": ["parse_error"], "verb": "UNKNOWN", "verbs": ["UNKNOWN"]}
	"The statement could not be parsed; check its syntax." in unknown.deny with input as testing.query(fields)
}

test_denies_codes_it_has_no_sentence_for if {
	fields := {"complete": false, "unknown": ["unknown_node:FancyStmt"]}
	"Part of the statement is not known to the gate; write it simpler, or ask the policy's owner." in unknown.deny with input as testing.query(fields)
}

test_denies_incomplete_without_a_code if {
	count(unknown.deny) == 1 with input as testing.query({"complete": false})
}

test_denies_an_unknown_statement_inside if {
	fields := testing.around("PREPARE", {"complete": false, "unknown": ["unresolved_relation"]})
	count(unknown.deny) == 1 with input as testing.query(fields)
}

test_denies_a_missing_description if {
	bare := object.remove(testing.query({}), ["action"])
	count(unknown.deny) == 1 with input as object.union(bare, {"action": {"kind": "postgres.query"}})
}

test_denies_a_description_with_a_missing_field if {
	full := testing.query({})
	partial := object.remove(full.action.statement, ["functions"])
	bare := object.remove(full, ["action"])
	count(unknown.deny) == 1 with input as object.union(bare, {"action": {"kind": "postgres.query", "statement": partial}})
}

test_denies_a_statement_inside_with_a_missing_field if {
	fields := testing.around("PREPARE", {})
	inside := object.remove(fields.inner, ["functions"])
	bare := object.remove(fields, ["inner"])
	count(unknown.deny) == 1 with input as testing.query(object.union(bare, {"inner": inside}))
}

test_denies_nesting_that_is_too_deep if {
	fields := testing.around("EXPLAIN", testing.around("EXPLAIN", testing.around("EXPLAIN", {})))
	count(unknown.deny) == 1 with input as testing.query(fields)
}

test_denies_execute_of_something_unknown if {
	count(unknown.deny) == 1 with input as testing.query({"verb": "EXECUTE", "verbs": ["EXECUTE"], "subject": "p"})
}

test_denies_execute_of_something_unknown_inside if {
	count(unknown.deny) == 1 with input as testing.query(testing.around("EXPLAIN", {"verb": "EXECUTE", "verbs": ["EXECUTE"]}))
}

test_lets_execute_of_something_known_through if {
	count(unknown.deny) == 0 with input as testing.query(testing.around("EXECUTE", {}))
}

test_lets_complete_statements_through if {
	count(unknown.deny) == 0 with input as testing.query({})
}

test_is_silent_on_connect if {
	count(unknown.deny) == 0 with input as testing.connect(["developers"])
}
