package gatehouse.http.body.arguments_test

import data.gatehouse.http.body.arguments
import data.gatehouse.testing

role := {
	"paths": ["/people/*"],
	"methods": ["POST"],
	"field": "**.role",
	"matches": "^(admin|owner)$",
	"verdict": "deny",
	"reason": "Give nobody the role of an administrator; use member.",
}

test_denies_what_the_expression_fits if {
	"Give nobody the role of an administrator; use member." in arguments.deny with input as testing.post({"people": [{"role": "member"}, {"role": "admin"}]})
		with data.settings.http.arguments as [role]
}

test_denies_it_in_a_form if {
	form := {"role": ["member", "owner"]}
	count(arguments.deny) == 1 with input as testing.http({"method": "POST", "body": testing.form(form)})
		with data.settings.http.arguments as [role]
}

test_the_case_of_the_letters_of_a_field_does_not_matter if {
	every field in ["**.Role", "**.ROLE", "role"] {
		count(arguments.deny) == 1 with input as testing.post({"role": "admin"})
			with data.settings.http.arguments as [object.union(role, {"field": field})]
	}
	body := object.union(testing.json({"User": {"Role": "admin"}}), {"fields": {"user": {"role": "admin"}}})
	count(arguments.deny) == 1 with input as testing.http({"method": "POST", "body": body})
		with data.settings.http.arguments as [role]
}

test_lets_other_values_fields_and_requests_through if {
	every value in [{"role": "member"}, {"title": "admin"}, [], 1, {"role": "administrator"}] {
		count(arguments.deny | arguments.hold) == 0 with input as testing.post(value)
			with data.settings.http.arguments as [role]
	}
	other := {"method": "PUT", "body": testing.json({"role": "admin"})}
	count(arguments.deny) == 0 with input as testing.http(other) with data.settings.http.arguments as [role]
}

test_holds_where_the_entry_says_so if {
	held := object.union(object.remove(role, ["reason"]), {"verdict": "hold"})
	arguments.hold == {"What stands in **.role is not let through; ask the policy's owner what may."} with input as testing.post({"role": "admin"})
		with data.settings.http.arguments as [held]
	count(arguments.deny) == 0 with input as testing.post({"role": "admin"})
		with data.settings.http.arguments as [held]
}

test_an_entry_that_is_not_complete_denies_more if {
	every entry in [{}, {"field": "role"}, {"field": "role", "matches": "("}, {"matches": "admin"}] {
		count(arguments.deny) == 1 with input as testing.post({"role": "admin"})
			with data.settings.http.arguments as [entry]
	}
}

test_denies_a_body_that_it_cannot_look_into if {
	every body in [
		{"kind": "text", "complete": true, "bytes": 9},
		{"kind": "json", "complete": false, "bytes": null},
		{"kind": "unread", "complete": false, "bytes": null},
		{"kind": "ndjson", "complete": true, "bytes": 9},
	] {
		"A rule looks at fields of this request's body and cannot read it; send it whole, as JSON." in arguments.deny with input as testing.http({"method": "POST", "body": body})
			with data.settings.http.arguments as [role]
	}
}

test_is_silent_without_a_body_and_without_settings if {
	unread := {"kind": "unread", "complete": false, "bytes": null}
	every_method := object.remove(role, ["methods"])
	count(arguments.deny) == 1 with input as testing.http({"body": unread}) with data.settings.http.arguments as [every_method]
	count(arguments.deny) == 0 with input as testing.http({}) with data.settings.http.arguments as [every_method]
	count(arguments.deny) == 0 with input as testing.method("POST") with data.settings.http.arguments as [role]
	count(arguments.deny) == 0 with input as testing.post({"role": "admin"})
}
