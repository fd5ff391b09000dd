# METADATA
# title: System catalogs with secrets
# description: |
#   Catalogs and views of the system that hold password hashes, connection strings, sampled values or other clients'
#   queries (data.settings.postgres.relations.secret).
# custom:
#   severity: critical
#   controls: [A.8.3, A.5.17]
#   protocols: [postgres]
#   example: {statement: {relations: [{qualified: pg_catalog.pg_authid, kind: system}]}}
package gatehouse.postgres.catalog.secrets

import data.gatehouse.lib.postgres

deny contains $"{relation.qualified} is not for agents: {why}." if {
	some relation in postgres.relations
	why := data.settings.postgres.relations.secret[relation.qualified]
}

# A view of the database's own does not open them; the system's own views stand in the list themselves.
deny contains $"{relation.qualified} reads {base}, which is not for agents: {why}." if {
	some relation in postgres.relations
	not relation.schema in {"pg_catalog", "information_schema"}
	some base in relation.through
	why := data.settings.postgres.relations.secret[base]
}
