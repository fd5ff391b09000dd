# METADATA
# title: The decision
# description: |
#   Makes one verdict of what the rules say. A rule is a package gatehouse.<protocol>.<group>.<rule> with any of the
#   sets `deny`, `hold` and `allow` (of reasons) and `oblige` (of obligations); its folder is enough, it is listed
#   nowhere. Denial goes before hold, hold before allow, and where nothing allows the answer is a denial. Of several
#   findings the most severe names the decision, the first in the alphabet among equals, and the reason lists the rest.
package gatehouse

import data.gatehouse.lib.exemption
import data.gatehouse.lib.severity

decision := {
	"version": 1,
	"verdict": primary[2],
	"rule": primary[3],
	"reason": concat("", [primary[4], others]),
	"obligations": obligations,
	"report_only": [{"rule": found[3], "verdict": found[2], "reason": found[4]} | some found in sort(reported)],
}

# What the rules say, one finding a rule, as [verdict rank, severity rank, verdict, rule, reason]: the least decides.
said contains [0, severity.rank(rule), "deny", rule, min(reasons)] if {
	input.version == 1
	some group, name
	reasons := data.gatehouse.postgres[group][name].deny
	count(reasons) > 0
	rule := concat(".", ["postgres", group, name])
}

said contains [1, severity.rank(rule), "hold", rule, min(reasons)] if {
	input.version == 1
	some group, name
	reasons := data.gatehouse.postgres[group][name].hold
	count(reasons) > 0
	rule := concat(".", ["postgres", group, name])
}

said contains [2, 0, "allow", rule, min(reasons)] if {
	input.version == 1
	some group, name
	reasons := data.gatehouse.postgres[group][name].allow
	count(reasons) > 0
	rule := concat(".", ["postgres", group, name])
}

obligations := sort({obligation |
	some group, name
	some obligation in data.gatehouse.postgres[group][name].oblige
})

reported contains found if {
	some found in said
	found[0] < 2
	not exemption.exempt(found[3])
	exemption.report_only(found[3])
}

enforced contains found if {
	some found in said
	not exemption.exempt(found[3])
	not exemption.report_only(found[3])
}

# What only reports has been judged and would be let through: it stands in for a grant, or the mode would deny.
enforced contains [2, 1, "allow", "default", "Let through: the rules that object only report."] if count(reported) > 0

default primary := [0, 0, "deny", "default", "No rule allows this action; ask the policy's owner for a grant."]

primary := min(enforced)

others := $" Also: {concat(", ", sort(rest))}." if {
	rest := {found[3] | some found in enforced; found[0] < 2; found[3] != primary[3]}
	count(rest) > 0
} else := ""
