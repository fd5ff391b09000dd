package gatehouse.lib.pattern_test

import data.gatehouse.lib.pattern

test_a_star_in_a_name_is_any_characters if {
	every text in ["people.get", "people.a.b", "people."] {
		pattern.name("people.*", text)
	}
	pattern.name("*_person", "get_person")
	pattern.name("people://*/orders", "people://a/b\nc/orders")
	not pattern.name("people.*", "peopleXget")
	not pattern.name("get_person", "get_persons")
	not pattern.name("get_*", "forget_me")
}

test_a_star_in_a_path_stays_in_its_segment if {
	pattern.path("/people/*", "/people/1")
	not pattern.path("/people/*", "/people/1/orders")
	pattern.path("/people/**", "/people")
	pattern.path("/people/**", "/people/1/orders")
	pattern.path("/**/export", "/export")
	pattern.path("/**/export", "/v1/people/export")
	not pattern.path("/**/export", "/v1/people/exports")
	pattern.path("/**", "/")
	pattern.path("/people/{id}", "/people/{id}")
	not pattern.path("/people/**", "/People/1")
}

test_a_lenient_path_fits_what_a_lenient_server_reads if {
	every text in ["/admin", "/admin/", "/Admin/users", "//admin//users", "/admin;v=1/users", "/admin/users;x"] {
		pattern.lenient_path("/admin/**", text)
	}
	every text in ["/administrators", "/people/admin", "/"] {
		not pattern.lenient_path("/admin/**", text)
	}
	pattern.lenient_path("/.env", "/.ENV")
	not pattern.lenient_path("/.env", "/xenv")
	pattern.lenient_path("/people/{id}/notes", "//People/1;x/notes/")
	not pattern.lenient_path("/people/{id}", "/people/1/notes")
	not pattern.lenient_path("/people/{id}", "/orders/1")
}

body := {"customer": {"card": "4111", "tags": [{"a.b": true}]}, "limit": 10, "none": null}

fields := {name | some [name, _] in pattern.nodes(body)}

test_a_field_is_its_names_from_the_top if {
	".customer.card" in fields
	pattern.field("customer.card", ".customer.card")
	pattern.field("**.card", ".customer.card")
	pattern.field("**.limit", ".limit")
	pattern.field("customer.**", ".customer")
	pattern.field("customer.*", ".customer.card")
	not pattern.field("customer.*", ".customer.card.number")
	not pattern.field("card", ".customer.card")
}

test_a_dot_in_a_name_is_reached_by_a_star if {
	some name in fields
	pattern.field("customer.tags.a*b", name)
	every each in fields {
		not pattern.field("customer.tags.a.b", each)
	}
}

test_finds_what_matches_and_numbers_by_their_text if {
	all := pattern.nodes(body)
	pattern.found({"matches": "^4"}, "**.card", all)
	not pattern.found({"matches": "^5"}, "**.card", all)
	pattern.found({"matches": "^10$"}, "limit", all)
	pattern.found({"matches": "^true$"}, "customer.tags.*", all)
	pattern.found({"matches": "^null$"}, "none", all)
}

test_an_entry_without_an_expression_means_whatever_stands_there if {
	all := pattern.nodes(body)
	pattern.found({}, "customer", all)
	pattern.found({"matches": "("}, "customer", all)
	pattern.found({"matches": 1}, "customer", all)
	not pattern.found({}, "address", all)
}
