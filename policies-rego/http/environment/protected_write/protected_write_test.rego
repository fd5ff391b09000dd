package gatehouse.http.environment.protected_write_test

import data.gatehouse.http.environment.protected_write
import data.gatehouse.testing

test_holds_a_developers_write_in_production if {
	subject := testing.http_on({"env": "prod"}, {"method": "POST"})
	"POST /people/{id} needs a reviewer's approval (write in a protected environment)." in protected_write.hold with input as subject
	count(protected_write.deny) == 0 with input as subject
}

test_holds_where_the_label_is_missing if {
	count(protected_write.hold) == 1 with input as testing.http_on({}, {"method": "DELETE"})
}

test_denies_a_readers_write_in_production if {
	subject := testing.http_on_as({"env": "production"}, ["readers"], {"method": "PUT"})
	count(protected_write.deny) == 1 with input as subject
	count(protected_write.hold) == 0 with input as subject
}

test_lets_reads_through if {
	count(protected_write.hold | protected_write.deny) == 0 with input as testing.http_on({"env": "prod"}, {})
}

test_is_silent_in_development if {
	count(protected_write.hold | protected_write.deny) == 0 with input as testing.method("POST")
}
