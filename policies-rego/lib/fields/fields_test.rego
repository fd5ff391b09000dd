package gatehouse.lib.fields_test

import data.gatehouse.lib.fields

body := {
	"customer": {"card": "4111", "tags": [{"a.b": true}, {"a.b": false}], "other": {"card": 1}},
	"limit": 10,
	"list": [[["deep"]]],
	"card": null,
}

at(field) := {node | some node in fields.at(fields.look(field, body))}

test_a_field_is_its_names_from_the_top if {
	at("customer.card") == {"4111"}
	at("card") == {null}
	at("limit") == {10}
	at("customer.nothing") == set()
	at("limit.x") == set()
}

test_the_case_of_a_pattern_does_not_matter if {
	at("Customer.CARD") == {"4111"}
	at("cu\u017ftomer.card") == {"4111"}
	at("C*R.C*D") == {"4111"}
}

test_a_list_adds_nothing if {
	at("customer.tags.a*b") == {true, false}
	at("list") == {"deep"}
	{x | some x in fields.at(fields.look("a", [{"a": 1}, [{"a": [2]}]]))} == {1, 2}
}

test_a_star_is_any_characters_of_a_name if {
	at("cust*.c*d") == {"4111"}
	at("*.card") == {"4111"}
	at("customer.*.card") == {1}
	at("customer.tags.a.b") == set()
}

test_two_stars_are_any_number_of_names if {
	at("**.card") == {"4111", 1, null}
	at("customer.**.card") == {"4111", 1}
	at("**.**.limit") == {10}
	at("customer.other.**") == {{"card": 1}, 1}
	count(at("**")) == 12
}

nested(inside) := {"a": {"b": {"c": {"d": {"e": {"f": {"g": {"h": {"i": {"j": {"k": inside}}}}}}}}}}}

test_looks_twelve_names_deep_and_says_where_there_is_more if {
	twelve := fields.look("**.role", nested({"role": "admin"}))
	fields.at(twelve) == ["admin"]
	not fields.too_deep(twelve)
	thirteen := fields.look("**.role", nested({"l": {"role": "admin"}}))
	fields.at(thirteen) == []
	fields.too_deep(thirteen)
	not fields.too_deep(fields.look("a.role", nested({"l": {"role": "admin"}})))
}

test_says_where_lists_are_too_deep if {
	fields.too_deep(fields.look("a", {"a": [[[["admin"]]]]}))
	not fields.too_deep(fields.look("a", {"a": [[["admin"]]], "b": [[[[1]]]]}))
}
