package gatehouse.postgres.functions.dynamic_sql_test

import data.gatehouse.postgres.functions.dynamic_sql
import data.gatehouse.testing

test_denies_query_to_xml if {
	"Function query_to_xml runs SQL that stands in its argument; send that statement itself." in dynamic_sql.deny with input as testing.calling("pg_catalog", "query_to_xml")
}

test_denies_ts_stat_and_crosstab if {
	every name in ["ts_stat", "ts_rewrite", "crosstab", "cursor_to_xml"] {
		count(dynamic_sql.deny) == 1 with input as testing.calling("pg_catalog", name)
	}
}

test_denies_by_trait if {
	count(dynamic_sql.deny) == 1 with input as testing.query({"traits": ["dynamic_sql"]})
}

test_lets_other_functions_through if {
	count(dynamic_sql.deny) == 0 with input as testing.calling("pg_catalog", "xmlagg")
}
