package gatehouse.postgres.code.anonymous_block_test

import data.gatehouse.postgres.code.anonymous_block
import data.gatehouse.testing

test_denies_do if {
	count(anonymous_block.deny) == 1 with input as testing.verb("DO")
}

test_denies_it_for_every_group if {
	count(anonymous_block.deny) == 1 with input as testing.as_group("schema-owners", testing.verb_fields("DO"))
}

test_denies_it_inside_another_statement if {
	count(anonymous_block.deny) == 1 with input as testing.query(testing.around("PREPARE", testing.verb_fields("DO")))
}

test_lets_select_through if {
	count(anonymous_block.deny) == 0 with input as testing.verb("SELECT")
}

test_denies_it_by_its_trait if {
	count(anonymous_block.deny) == 1 with input as testing.query({"traits": ["do_block"]})
}
