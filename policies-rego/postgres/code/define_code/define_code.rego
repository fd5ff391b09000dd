# METADATA
# title: Functions, triggers and rules
# description: |
#   Functions, procedures, triggers, rules, operators, casts and languages run later, as someone else.
# custom:
#   severity: high
#   controls: [A.8.28, A.8.32]
#   protocols: [postgres]
#   example: {statement: {verb: CREATE FUNCTION, defines: true}}
package gatehouse.postgres.code.define_code

import data.gatehouse.lib.postgres

deny contains "Code is not put into the database through the gate; ask a schema owner to do it." if {
	some verb in postgres.verbs
	postgres.head(verb) in {"CREATE", "ALTER"}
	postgres.object(verb) in code_objects
}

code_objects := {
	"FUNCTION", "PROCEDURE", "ROUTINE", "TRIGGER", "EVENT TRIGGER", "RULE", "LANGUAGE", "OPERATOR", "OPERATOR CLASS",
	"OPERATOR FAMILY", "CAST", "TRANSFORM", "AGGREGATE", "CONVERSION",
}
