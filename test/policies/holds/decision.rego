# METADATA
# title: Holds
# description: |
#   For tests of approvals: denies and holds what its data names by verb and table, and allows the rest.
package gatehouse

decision := answer("deny", rule, {}) if {
	some rule in data.cases
	rule.verdict == "deny"
	meant(rule)
} else := answer("hold", rule, {"hold": rule.hold}) if {
	some rule in data.cases
	rule.verdict == "hold"
	meant(rule)
} else := answer("allow", {"name": "holds_default", "reason": "Nothing is said of it."}, {})

answer(verdict, rule, more) := object.union(
	{
		"version": 1,
		"verdict": verdict,
		"rule": rule.name,
		"reason": rule.reason,
		"obligations": object.get(rule, "obligations", data.obligations),
		"report_only": [],
	},
	more,
)

meant(rule) if {
	some verb in input.action.statement.verbs
	verb in rule.verbs
	table(rule)
}

table(rule) if not rule.table

table(rule) if {
	some relation in input.action.statement.relations
	relation.qualified == rule.table
}
