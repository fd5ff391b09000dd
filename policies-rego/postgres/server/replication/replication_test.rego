package gatehouse.postgres.server.replication_test

import data.gatehouse.postgres.server.replication
import data.gatehouse.testing

test_denies_create_publication if {
	count(replication.deny) == 1 with input as testing.verb("CREATE PUBLICATION")
}

test_denies_create_subscription if {
	count(replication.deny) == 1 with input as testing.verb("CREATE SUBSCRIPTION")
}

test_denies_alter_subscription if {
	count(replication.deny) == 1 with input as testing.verb("ALTER SUBSCRIPTION")
}

test_denies_drop_publication if {
	count(replication.deny) == 1 with input as testing.verb("DROP PUBLICATION")
}

test_denies_it_for_every_group if {
	count(replication.deny) == 1 with input as testing.as_group("schema-owners", testing.verb_fields("CREATE PUBLICATION"))
}

test_denies_it_inside_another_statement if {
	count(replication.deny) == 1 with input as testing.query(testing.around("PREPARE", testing.verb_fields("CREATE PUBLICATION")))
}

test_lets_create_table_through if {
	count(replication.deny) == 0 with input as testing.verb("CREATE TABLE")
}
