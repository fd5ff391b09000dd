# METADATA
# title: Restricted tables
# description: |
#   Tables and views that the settings keep to some groups (data.settings.postgres.relations.restricted), also where
#   a view leads to them.
# custom:
#   severity: high
#   controls: [A.8.3, A.5.12]
#   protocols: [postgres]
#   example: {statement: {relations: [{qualified: data.settings.postgres.relations.restricted.0.relations.0}]}}
package gatehouse.postgres.access.restricted_relation

import data.gatehouse.lib.postgres

deny contains $"{postgres.names(kept)} is kept to other groups; leave it out, or ask for a group that may." if {
	count(kept) > 0
}

kept contains name if {
	some restriction in data.settings.postgres.relations.restricted
	not member(restriction)
	some relation in postgres.relations
	some name in array.concat([relation.qualified], relation.through)
	some pattern in restriction.relations
	covers(pattern, name)
}

member(restriction) if {
	some group in restriction.groups
	group in input.principal.groups
}

covers(pattern, name) if pattern == name

covers(pattern, name) if {
	endswith(pattern, ".*")
	startswith(name, trim_suffix(pattern, "*"))
}
