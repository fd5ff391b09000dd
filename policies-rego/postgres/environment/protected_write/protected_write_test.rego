package gatehouse.postgres.environment.protected_write_test

import data.gatehouse.postgres.environment.protected_write
import data.gatehouse.testing

test_holds_a_developers_write_in_production if {
	"This needs a reviewer's approval (write in a protected environment)." in protected_write.hold with input as testing.on({"env": "prod"}, testing.update)
	count(protected_write.deny) == 0 with input as testing.on({"env": "prod"}, testing.update)
}

test_denies_a_readers_write_in_production if {
	subject := testing.on_as({"env": "production"}, ["readers"], testing.update)
	count(protected_write.deny) == 1 with input as subject
	count(protected_write.hold) == 0 with input as subject
}

test_denies_a_developers_definition_in_production if {
	count(protected_write.deny) == 1 with input as testing.on({"env": "prod"}, testing.verb_fields("CREATE TABLE"))
}

test_holds_where_the_label_is_missing if {
	count(protected_write.hold) == 1 with input as testing.on({}, testing.update)
}

test_lets_a_group_write_in_production_where_settings_say_so if {
	subject := testing.on({"env": "prod"}, testing.update)
	count(protected_write.hold | protected_write.deny) == 0 with input as subject
		with data.settings.groups.developers.protected.allow as ["read", "write"]
}

test_lets_reads_through if {
	count(protected_write.hold | protected_write.deny) == 0 with input as testing.on({"env": "prod"}, {})
}

test_is_silent_in_development if {
	count(protected_write.hold | protected_write.deny) == 0 with input as testing.query(testing.update)
}
