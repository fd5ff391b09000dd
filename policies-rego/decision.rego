# METADATA
# title: The decision
# description: |
#   Makes one verdict of what the rules of the action's protocol say. A rule is a package
#   gatehouse.<protocol>.<group>.<rule> with any of the sets `deny`, `hold` and `allow` (of reasons) and `oblige` (of
#   obligations), and beside `hold` its `terms`; its folder is enough, it is listed nowhere. Denial goes before hold,
#   hold before allow, and where nothing allows the answer is a denial. Of several findings the most severe names the
#   decision, the first in the alphabet among equals, and the reason lists the rest.
package gatehouse

import data.gatehouse.lib.exemption
import data.gatehouse.lib.severity
import data.gatehouse.lib.terms

decision := answer if {
	primary[2] != "hold"
} else := object.union(answer, {"hold": hold}) if {
	every_term_said
} else := object.union(answer, {
	"verdict": "deny",
	"reason": "This needs a reviewer's approval, and what the policy asks of reviewers is not in form; tell its owner.",
})

answer := {
	"version": 1,
	"verdict": primary[2],
	"rule": primary[3],
	"reason": concat("", [primary[4], others]),
	"obligations": obligations,
	"report_only": [{"rule": found[3], "verdict": found[2], "reason": found[4]} | some found in sort(reported)],
}

# The protocol whose rules are asked, those of others are not; a kind of action that is not known has none.
protocol := protocols[input.action.kind] if input.version == 1

protocols := {
	"postgres.connect": "postgres",
	"postgres.query": "postgres",
	"postgres.parse": "postgres",
	"postgres.execute": "postgres",
	"postgres.function_call": "postgres",
	"http.request": "http",
	"http.websocket": "http",
	"http.message": "http",
	"mcp.tool": "mcp",
	"mcp.resource": "mcp",
	"mcp.prompt": "mcp",
	"mcp.list": "mcp",
	"mcp.session": "mcp",
	"mcp.request": "mcp",
	"mcp.notification": "mcp",
	"mcp.response": "mcp",
}

denials[rule] := reasons if {
	protocol == "postgres"
	some group, name
	reasons := data.gatehouse.postgres[group][name].deny
	count(reasons) > 0
	rule := concat(".", ["postgres", group, name])
}

denials[rule] := reasons if {
	protocol == "http"
	some group, name
	reasons := data.gatehouse.http[group][name].deny
	count(reasons) > 0
	rule := concat(".", ["http", group, name])
}

denials[rule] := reasons if {
	protocol == "mcp"
	some group, name
	reasons := data.gatehouse.mcp[group][name].deny
	count(reasons) > 0
	rule := concat(".", ["mcp", group, name])
}

holds[rule] := reasons if {
	protocol == "postgres"
	some group, name
	reasons := data.gatehouse.postgres[group][name].hold
	count(reasons) > 0
	rule := concat(".", ["postgres", group, name])
}

holds[rule] := reasons if {
	protocol == "http"
	some group, name
	reasons := data.gatehouse.http[group][name].hold
	count(reasons) > 0
	rule := concat(".", ["http", group, name])
}

holds[rule] := reasons if {
	protocol == "mcp"
	some group, name
	reasons := data.gatehouse.mcp[group][name].hold
	count(reasons) > 0
	rule := concat(".", ["mcp", group, name])
}

grants[rule] := reasons if {
	protocol == "postgres"
	some group, name
	reasons := data.gatehouse.postgres[group][name].allow
	count(reasons) > 0
	rule := concat(".", ["postgres", group, name])
}

grants[rule] := reasons if {
	protocol == "http"
	some group, name
	reasons := data.gatehouse.http[group][name].allow
	count(reasons) > 0
	rule := concat(".", ["http", group, name])
}

grants[rule] := reasons if {
	protocol == "mcp"
	some group, name
	reasons := data.gatehouse.mcp[group][name].allow
	count(reasons) > 0
	rule := concat(".", ["mcp", group, name])
}

# One finding a rule, as [verdict rank, severity rank, verdict, rule, reason]: the least decides.
said contains [0, severity.rank(rule), "deny", rule, min(reasons)] if some rule, reasons in denials

said contains [1, severity.rank(rule), "hold", rule, min(reasons)] if some rule, reasons in holds

said contains [2, 0, "allow", rule, min(reasons)] if some rule, reasons in grants

# Whose agreement a hold needs. Rules that only report, and those exempted, ask for nobody's.
hold := terms.combined(held, said_terms)

held contains found[3] if {
	some found in enforced
	found[2] == "hold"
}

said_terms[rule] := data.gatehouse.postgres[group][name].terms if {
	protocol == "postgres"
	some rule in held
	[_, group, name] := split(rule, ".")
}

said_terms[rule] := data.gatehouse.http[group][name].terms if {
	protocol == "http"
	some rule in held
	[_, group, name] := split(rule, ".")
}

said_terms[rule] := data.gatehouse.mcp[group][name].terms if {
	protocol == "mcp"
	some rule in held
	[_, group, name] := split(rule, ".")
}

# A rule that has terms of its own and comes to none of them here does not mean the usual ones. The build tells.
every_term_said if {
	every rule in held {
		not unsaid(rule)
	}
}

unsaid(rule) if {
	data.rules[rule].terms
	not said_terms[rule]
}

obligations := sort(obliged)

obliged contains obligation if {
	protocol == "postgres"
	some group, name
	some obligation in data.gatehouse.postgres[group][name].oblige
}

obliged contains obligation if {
	protocol == "http"
	some group, name
	some obligation in data.gatehouse.http[group][name].oblige
}

obliged contains obligation if {
	protocol == "mcp"
	some group, name
	some obligation in data.gatehouse.mcp[group][name].oblige
}

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
