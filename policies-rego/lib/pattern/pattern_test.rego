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
	pattern.name("ab*ba", "abba")
	not pattern.name("ab*ba", "aba")
	pattern.name("*", "")
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

test_a_lenient_path_has_the_letters_of_either_case if {
	every fitting in [["/users/**", "/uſers/1"], ["/Keys/**", "/\u212aeys/1"], ["/uſers", "/USERS"]] {
		pattern.lenient_path(fitting[0], fitting[1])
		not pattern.apart(fitting[0], pattern.folded(fitting[1]))
	}
}

test_a_path_is_apart_only_from_a_pattern_whose_one_word_it_lacks if {
	every word in ["/admin/**", "/Admin", "/**/ADMIN/**", "/.git/**", "/*admin*"] {
		pattern.apart(word, "/people/1")
	}
	every text in ["/admin/users", "/xadmin", "//admin;v=1"] {
		not pattern.apart("/Admin/**", text)
	}

	# Whether these fit is for the expression to say.
	every other in ["/**", "/", "", "/people/{id}", "/{id}", "/v*x", "/api/v1", "/a/b/**", "{", 1] {
		not pattern.apart(other, "/orders")
	}
}

test_an_entry_means_what_its_expression_fits if {
	pattern.found({"matches": "^4"}, ["5", "4111"])
	not pattern.found({"matches": "^5"}, ["4111", {"5": 5}])
	pattern.found({"matches": "^10$"}, [10])
	pattern.found({"matches": "^true$"}, [true])
	pattern.found({"matches": "^null$"}, [null])
}

test_an_entry_without_an_expression_means_whatever_stands_there if {
	every entry in [{}, {"matches": "("}, {"matches": 1}] {
		pattern.found(entry, ["x"])
		pattern.found(entry, [{}])
		not pattern.found(entry, [])
	}
}
