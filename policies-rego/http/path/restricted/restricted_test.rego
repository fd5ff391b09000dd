package gatehouse.http.path.restricted_test

import data.gatehouse.http.path.restricted
import data.gatehouse.testing

test_denies_what_is_closed_as_a_lenient_server_reads_it if {
	every path in ["/admin", "/admin/users", "/Admin/", "//admin/x", "/admin;v=1/x", "/.git/config", "/.env"] {
		count(restricted.deny) == 1 with input as testing.get(path)
	}
}

test_is_silent_elsewhere if {
	every path in ["/", "/people/1", "/administrators", "/people/admin"] {
		count(restricted.deny) == 0 with input as testing.get(path)
	}
}

hr := {"paths": ["/people/{id}"], "except": ["hr"]}

test_denies_by_template_and_spares_who_is_excepted if {
	"GET /people/{id} is closed here; do without it, or ask the policy's owner for a group that may." in restricted.deny with input as testing.http({})
		with data.settings.http.restricted as [hr]
	count(restricted.deny) == 0 with input as testing.http_of(["developers", "hr"], {})
		with data.settings.http.restricted as [hr]
}

test_an_entry_is_about_what_it_names if {
	every other in [{"methods": ["POST"]}, {"upstreams": ["crm"]}, {"labels": {"env": ["prod"]}}, {"groups": ["readers"]}] {
		count(restricted.deny) == 0 with input as testing.http({})
			with data.settings.http.restricted as [object.union(hr, other)]
	}
	every same in [{"methods": ["GET"]}, {"upstreams": ["a*"]}, {"labels": {"env": ["dev"]}}, {"groups": ["developers"]}] {
		count(restricted.deny) == 1 with input as testing.http({})
			with data.settings.http.restricted as [object.union(hr, same)]
	}
}

test_an_entry_that_is_not_complete_closes_more if {
	every entry in [{}, {"path": ["/x"]}, {"paths": "/x"}, {"paths": ["/people/*"], "exept": ["developers"]}] {
		count(restricted.deny) == 1 with input as testing.http({})
			with data.settings.http.restricted as [entry]
	}
}
