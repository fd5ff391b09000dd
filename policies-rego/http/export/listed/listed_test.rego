package gatehouse.http.export.listed_test

import data.gatehouse.http.export.listed
import data.gatehouse.testing

test_denies_exports if {
	"GET on this path is an export; ask for the records that you need one by one, or for a group that may export." in listed.deny with input as testing.get("/people/export")
	count(listed.deny) == 1 with input as testing.get("/v1/exports/2026/people.csv")
}

test_lets_exporters_export if {
	fields := {"path": "/people/export", "template": null}
	count(listed.deny) == 0 with input as testing.http_of(["developers", "data-exporters"], fields)
}

test_is_silent_elsewhere if {
	count(listed.deny) == 0 with input as testing.get("/people/1")
	count(listed.deny) == 0 with input as testing.get("/exporters/1")
}
