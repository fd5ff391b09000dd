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
import data.gatehouse.listed

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
protocol := protocol_of(input.action.kind) if input.version == 1

protocol_of("postgres.connect") := "postgres"

protocol_of("postgres.query") := "postgres"

protocol_of("postgres.parse") := "postgres"

protocol_of("postgres.execute") := "postgres"

protocol_of("postgres.function_call") := "postgres"

protocol_of("http.request") := "http"

protocol_of("http.websocket") := "http"

protocol_of("http.message") := "http"

protocol_of("mcp.tool") := "mcp"

protocol_of("mcp.resource") := "mcp"

protocol_of("mcp.prompt") := "mcp"

protocol_of("mcp.list") := "mcp"

protocol_of("mcp.session") := "mcp"

protocol_of("mcp.request") := "mcp"

protocol_of("mcp.notification") := "mcp"

protocol_of("mcp.response") := "mcp"

# What the rules say. A build lists them (`rule-listing.ts`), because WebAssembly takes long to look for them each time;
# without one they are looked for here.
denials := found if {
	found := listed.denials
} else := searched_denials

holds := found if {
	found := listed.holds
} else := searched_holds

grants := found if {
	found := listed.grants
} else := searched_grants

obligations := sort(obliged)

obliged := found if {
	found := listed.obliged
} else := searched_obliged

searched_denials[rule] := reasons if {
	protocol == "postgres"
	some group, name
	reasons := data.gatehouse.postgres[group][name].deny
	count(reasons) > 0
	rule := concat(".", ["postgres", group, name])
}

searched_denials[rule] := reasons if {
	protocol == "http"
	some group, name
	reasons := data.gatehouse.http[group][name].deny
	count(reasons) > 0
	rule := concat(".", ["http", group, name])
}

searched_denials[rule] := reasons if {
	protocol == "mcp"
	some group, name
	reasons := data.gatehouse.mcp[group][name].deny
	count(reasons) > 0
	rule := concat(".", ["mcp", group, name])
}

searched_holds[rule] := reasons if {
	protocol == "postgres"
	some group, name
	reasons := data.gatehouse.postgres[group][name].hold
	count(reasons) > 0
	rule := concat(".", ["postgres", group, name])
}

searched_holds[rule] := reasons if {
	protocol == "http"
	some group, name
	reasons := data.gatehouse.http[group][name].hold
	count(reasons) > 0
	rule := concat(".", ["http", group, name])
}

searched_holds[rule] := reasons if {
	protocol == "mcp"
	some group, name
	reasons := data.gatehouse.mcp[group][name].hold
	count(reasons) > 0
	rule := concat(".", ["mcp", group, name])
}

searched_grants[rule] := reasons if {
	protocol == "postgres"
	some group, name
	reasons := data.gatehouse.postgres[group][name].allow
	count(reasons) > 0
	rule := concat(".", ["postgres", group, name])
}

searched_grants[rule] := reasons if {
	protocol == "http"
	some group, name
	reasons := data.gatehouse.http[group][name].allow
	count(reasons) > 0
	rule := concat(".", ["http", group, name])
}

searched_grants[rule] := reasons if {
	protocol == "mcp"
	some group, name
	reasons := data.gatehouse.mcp[group][name].allow
	count(reasons) > 0
	rule := concat(".", ["mcp", group, name])
}

# One finding a rule, as [verdict rank, severity rank, verdict, rule, reason]: the least decides.
said := array.concat(objections, [[2, 0, "allow", rule, min(reasons)] | some rule, reasons in grants])

objections := array.concat(
	[[0, severity.rank(rule), "deny", rule, min(reasons)] | some rule, reasons in denials],
	[[1, severity.rank(rule), "hold", rule, min(reasons)] | some rule, reasons in holds],
)

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

searched_obliged contains obligation if {
	protocol == "postgres"
	some group, name
	some obligation in data.gatehouse.postgres[group][name].oblige
}

searched_obliged contains obligation if {
	protocol == "http"
	some group, name
	some obligation in data.gatehouse.http[group][name].oblige
}

searched_obliged contains obligation if {
	protocol == "mcp"
	some group, name
	some obligation in data.gatehouse.mcp[group][name].oblige
}

reported := [found |
	some found in objections
	not exemption.exempt(found[3])
	exemption.report_only(found[3])
]

enforced := array.concat(stand_in, [found |
	some found in said
	not exemption.exempt(found[3])
	not exemption.report_only(found[3])
])

# What only reports has been judged and would be let through: it stands in for a grant, or the mode would deny.
stand_in := [[2, 1, "allow", "default", "Let through: the rules that object only report."] | count(reported) > 0]

default primary := [0, 0, "deny", "default", "No rule allows this action; ask the policy's owner for a grant."]

primary := min(enforced)

others := $" Also: {concat(", ", sort(rest))}." if {
	rest := {found[3] | some found in enforced; found[0] < 2; found[3] != primary[3]}
	count(rest) > 0
} else := ""
