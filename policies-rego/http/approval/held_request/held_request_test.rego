package gatehouse.http.approval.held_request_test

import data.gatehouse.http.approval.held_request
import data.gatehouse.testing

deletes := {"paths": ["/people/{id}"], "methods": ["DELETE"]}

test_holds_what_is_listed_and_says_so if {
	"DELETE /people/{id} needs a reviewer's approval." in held_request.hold with input as testing.method("DELETE")
		with data.settings.http.held as [deletes]
	held_request.hold == {"Ask."} with input as testing.method("DELETE")
		with data.settings.http.held as [object.union(deletes, {"reason": "Ask."})]
}

test_hands_on_the_terms_of_each_entry_that_fits if {
	held_request.terms == {{}, {"deadline_s": 5}} with input as testing.method("DELETE")
		with data.settings.http.held as [deletes, {"terms": {"deadline_s": 5}}, {"methods": ["PUT"], "terms": {"deadline_s": 6}}]
}

test_is_silent_on_other_methods_and_paths if {
	count(held_request.hold) == 0 with input as testing.http({})
		with data.settings.http.held as [deletes]
	count(held_request.hold) == 0 with input as testing.http({"method": "DELETE", "path": "/orders/1", "template": null})
		with data.settings.http.held as [deletes]
}

test_is_off_unless_settings_say_so if {
	count(held_request.hold) == 0 with input as testing.method("DELETE")
}

many := {"methods": ["POST"], "items_min": 3}

bulk(body) if {
	count(held_request.hold) == 1 with input as testing.http({"method": "POST", "body": body})
		with data.settings.http.held as [many]
}

test_holds_what_changes_many_at_once if {
	bulk(testing.json([1, 2, 3]))
	bulk(testing.json({"people": [1, 2, 3], "note": "x"}))
	not bulk(testing.json([1, 2]))
	not bulk(testing.json({"people": [1, 2]}))
	not bulk(testing.json({}))
	not bulk(testing.json("many"))
	not bulk(testing.no_body)
}

test_holds_a_form_that_numbers_many if {
	numbers := {"ids[0]": ["1"], "ids[1]": ["2"], "ids[2]": ["3"]}
	numbered(numbers, {"ids": ["1", "2", "3", {"0": ["1"], "1": ["2"], "2": ["3"]}]})
	not numbered(numbers, {"ids": ["1", "2", {"0": ["1"], "1": ["2"]}], "other": ["3"]})
	not numbered({"user[a]": ["1"]}, {"user": [{"a": ["1"], "b": ["2"], "c": ["3"]}]})
	bulk(testing.form({"ids[]": ["1", "2", "3"]}))
}

numbered(value, found) if bulk(object.union(testing.form(value), {"fields": found}))

test_holds_a_body_whose_number_cannot_be_told if {
	bulk({"kind": "binary", "complete": false, "bytes": null})
	bulk({"kind": "ndjson", "complete": true, "bytes": 10})
	bulk({"kind": "json", "complete": false, "bytes": 10, "value": [1]})
}

test_holds_a_websocket_once_unless_its_messages_are_meant if {
	count(held_request.hold) == 1 with input as testing.websocket({"env": "dev"}, ["developers"])
		with data.settings.http.held as [{}]
	message := testing.message({"env": "dev"}, ["developers"], testing.json({}))
	count(held_request.hold) == 0 with input as message
		with data.settings.http.held as [{}]
	count(held_request.hold) == 1 with input as message
		with data.settings.http.held as [{"messages": true}]
}

test_an_entry_is_about_whom_and_where_it_says if {
	every other in [{"groups": ["readers"]}, {"upstreams": ["hr"]}, {"labels": {"env": ["prod"]}}, {"except": ["developers"]}] {
		count(held_request.hold) == 0 with input as testing.method("DELETE")
			with data.settings.http.held as [object.union(deletes, other)]
	}
	every more in [{}, {"path": ["/x"]}, {"paths": "/x"}, {"methods": "PUT"}, {"items_min": "3"}] {
		count(held_request.hold) == 1 with input as testing.method("DELETE")
			with data.settings.http.held as [more]
	}
}
