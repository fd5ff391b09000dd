package gatehouse.postgres.code.define_code_test

import data.gatehouse.postgres.code.define_code
import data.gatehouse.testing

test_denies_create_function if {
	count(define_code.deny) == 1 with input as testing.verb("CREATE FUNCTION")
}

test_denies_create_procedure if {
	count(define_code.deny) == 1 with input as testing.verb("CREATE PROCEDURE")
}

test_denies_create_trigger if {
	count(define_code.deny) == 1 with input as testing.verb("CREATE TRIGGER")
}

test_denies_create_rule if {
	count(define_code.deny) == 1 with input as testing.verb("CREATE RULE")
}

test_denies_create_event_trigger if {
	count(define_code.deny) == 1 with input as testing.verb("CREATE EVENT TRIGGER")
}

test_denies_alter_function if {
	count(define_code.deny) == 1 with input as testing.verb("ALTER FUNCTION")
}

test_denies_create_operator if {
	count(define_code.deny) == 1 with input as testing.verb("CREATE OPERATOR")
}

test_denies_create_cast if {
	count(define_code.deny) == 1 with input as testing.verb("CREATE CAST")
}

test_denies_it_for_every_group if {
	count(define_code.deny) == 1 with input as testing.as_group("schema-owners", testing.verb_fields("CREATE FUNCTION"))
}

test_denies_it_inside_another_statement if {
	count(define_code.deny) == 1 with input as testing.query(testing.around("PREPARE", testing.verb_fields("CREATE FUNCTION")))
}

test_lets_create_table_through if {
	count(define_code.deny) == 0 with input as testing.verb("CREATE TABLE")
}

test_lets_drop_function_through if {
	count(define_code.deny) == 0 with input as testing.verb("DROP FUNCTION")
}
