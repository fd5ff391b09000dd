package gatehouse.postgres.catalog.secrets_test

import data.gatehouse.postgres.catalog.secrets
import data.gatehouse.testing

test_denies_password_hashes if {
	"pg_catalog.pg_authid is not for agents: it holds password hashes." in secrets.deny with input as testing.reading("pg_catalog", "pg_authid", [])
}

test_denies_each_of_them if {
	every name in ["pg_shadow", "pg_user_mappings", "pg_subscription", "pg_stats", "pg_stat_activity", "pg_largeobject"] {
		count(secrets.deny) == 1 with input as testing.reading("pg_catalog", name, [])
	}
}

test_denies_the_way_through_a_view if {
	count(secrets.deny) == 1 with input as testing.reading("public", "accounts", ["pg_catalog.pg_authid"])
}

test_lets_the_systems_own_views_through if {
	count(secrets.deny) == 0 with input as testing.reading("pg_catalog", "pg_roles", ["pg_catalog.pg_authid"])
}

test_lets_other_catalogs_through if {
	count(secrets.deny) == 0 with input as testing.reading("pg_catalog", "pg_class", [])
}
