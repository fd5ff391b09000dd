package gatehouse.http.body.unread_test

import data.gatehouse.http.body.unread
import data.gatehouse.testing

body(kind, complete) := {"kind": kind, "complete": complete, "bytes": null}

sending(labels, sent) := testing.http_on(labels, {"method": "POST", "body": sent})

high := {"env": "dev", "sensitivity": "high"}

unknown := [body("binary", true), body("binary", false), body("unread", false), body("json", false), body("text", false)]

test_denies_what_is_not_read_to_a_sensitive_upstream if {
	every sent in unknown {
		count(unread.deny) == 1 with input as sending(high, sent)
	}
	count(unread.deny) == 1 with input as sending({"env": "dev", "sensitivity": "HIGH"}, unknown[0])
	count(unread.deny) == 1 with input as testing.message(high, ["developers"], unknown[0])
}

test_lets_it_through_elsewhere if {
	every labels in [{"env": "dev"}, {"env": "dev", "sensitivity": "low"}] {
		count(unread.deny) == 0 with input as sending(labels, unknown[0])
	}
}

test_lets_what_is_read_and_what_has_no_body_through if {
	count(unread.deny) == 0 with input as sending(high, testing.json({"a": 1}))
	count(unread.deny) == 0 with input as sending(high, body("text", true))
	count(unread.deny) == 0 with input as testing.http_on(high, {})
}

test_denies_such_a_body_of_a_get_too if {
	count(unread.deny) == 1 with input as testing.http_on(high, {"body": body("unread", false)})
}

test_lets_through_what_the_settings_open if {
	entry := {"groups": ["developers"], "labels": {"env": ["dev"]}, "paths": ["/people/*"]}
	count(unread.deny) == 0 with input as sending(high, unknown[0]) with data.settings.http.unread_bodies as [entry]
	every less in [["groups"], ["labels"], ["paths"]] {
		count(unread.deny) == 1 with input as sending(high, unknown[0])
			with data.settings.http.unread_bodies as [object.remove(entry, less)]
	}
}

test_every_upstream_is_sensitive_where_the_settings_name_no_label if {
	every settings in [{}, {"label": "sensitivity"}, {"values": ["high"]}] {
		count(unread.deny) == 1 with input as sending({}, unknown[0]) with data.settings.sensitivity as settings
	}
}
