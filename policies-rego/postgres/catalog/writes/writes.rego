# METADATA
# title: Writes to system catalogs
# description: |
#   Writing to the catalogs by hand goes past everything that PostgreSQL checks.
# custom:
#   severity: critical
#   controls: [A.8.9, A.8.3]
#   protocols: [postgres]
#   example: {statement: {verb: UPDATE, writes: true, relations: [{qualified: pg_catalog.pg_class, kind: system, access: write}]}}
package gatehouse.postgres.catalog.writes

import data.gatehouse.lib.postgres

deny contains $"{relation.qualified} belongs to the system; change objects with their own statements." if {
	some relation in postgres.relations
	relation.access in {"write", "define"}
	relation.schema in {"pg_catalog", "information_schema", "pg_toast"}
}
