# METADATA
# title: Writes that a reviewer approves
# description: |
#   Changes of tables that the settings hold for approval (data.settings.postgres.held_writes: `relations`, `verbs`,
#   `reason` and `terms`), also through a view or a partition. What is prepared is held when it runs.
# custom:
#   severity: medium
#   controls: [A.5.3, A.8.3, A.8.32]
#   protocols: [postgres]
#   example: {statement: {verb: UPDATE, writes: true, relations: [{qualified: data.settings.postgres.held_writes.0.relations.0, access: write}]}}
package gatehouse.postgres.approval.held_write

import data.gatehouse.lib.audience
import data.gatehouse.lib.pattern
import data.gatehouse.lib.postgres

hold contains reason_of(entry) if some [entry, _] in entries

terms contains object.get(entry, "terms", {}) if some [entry, _] in entries

# What lacks a member holds more.
entries := [[entry, written] |
	runs
	some entry in data.settings.postgres.held_writes
	not audience.spared(entry)
	not audience.excepted(entry)
	not audience.elsewhere(entry)
	not of_other_verb(entry)
	written := {relation.qualified | some relation in changed; not of_other_relation(entry, relation)}
	count(written) > 0
]

# What is only parsed or prepared does nothing yet, and is judged again when it is executed.
runs if {
	input.action.kind in {"postgres.query", "postgres.execute"}
	postgres.statement.verb != "PREPARE"
}

changed := [relation |
	some description in postgres.executed
	some relation in description.relations
	relation.access == "write"
]

of_other_verb(entry) if {
	is_array(entry.verbs)
	not of_verb(entry)
}

of_verb(entry) if {
	some verb in postgres.verbs
	verb in entry.verbs
}

# These may change rows like an UPDATE or a DELETE.
of_verb(_) if "MERGE" in postgres.verbs

of_verb(entry) if {
	"on_conflict" in postgres.traits
	"UPDATE" in entry.verbs
}

of_other_relation(entry, relation) if {
	is_array(entry.relations)
	not of_relation(entry, relation)
}

of_relation(entry, relation) if {
	some name in array.concat([relation.qualified], relation.through)
	some listed in entry.relations
	pattern.name(listed, name)
}

reason_of(entry) := entry.reason if is_string(entry.reason)

else := $"Changing {postgres.names(tables)} needs a reviewer's approval."

tables contains name if {
	some [_, written] in entries
	some name in written
}
