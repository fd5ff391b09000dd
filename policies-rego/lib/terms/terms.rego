# METADATA
# title: What is asked of reviewers
# description: |
#   The terms of a hold: who must agree, until when, and how the one who asked waits. What a rule leaves out comes from
#   data.settings.approvals, and what that leaves out from here. Nothing is guessed: where any of it is not in form,
#   `combined` is undefined, and the decision is a denial.
package gatehouse.lib.terms

usual := {
	"reviewers": {"groups": ["reviewers"], "people": [], "count": 1},
	"stage": "action",
	"deadline_s": 900,
	"transaction_s": 60,
	"use_within_s": 900,
	"text": "",
	"break_glass": [],
}

# The terms of all holds together, `said` being what packages of the held rules say in `terms`: an object, or a set of
# objects, each of which must be met. The strictest of each holds.
combined(held, said) := object.union(required, optional(all)) if {
	every rule in held {
		every own in each_of(object.get(said, rule, {})) {
			in_form(whole(rule, own))
		}
	}
	all := {[rule, terms] |
		some rule in held
		some own in each_of(object.get(said, rule, {}))
		terms := whole(rule, own)
	}
	count(all) <= 20
	required := {
		"stage": least_of("commit", "action", {terms.stage | some [_, terms] in all}),
		"requirements": sort({requirement(rule, terms.reviewers) | some [rule, terms] in all}),
		"deadline_s": min({terms.deadline_s | some [_, terms] in all}),
		"transaction_s": min({terms.transaction_s | some [_, terms] in all}),
		"use_within_s": min({terms.use_within_s | some [_, terms] in all}),
		"text": joined({terms.text | some [_, terms] in all; terms.text != ""}),
		"break_glass": sort(intersection({{group | some group in terms.break_glass} | some [_, terms] in all})),
	}
}

requirement(rule, reviewers) := object.union({"rule": rule}, reviewers)

# What may be left out: a mode where nobody says one, and grants unless every one allows them.
optional(all) := object.union(mode_of({terms.mode | some [_, terms] in all}), grant_of(all))

mode_of(modes) := {} if count(modes) == 0

else := {"mode": least_of("wait", "retry", modes)}

# The laxer word only where no other is said.
least_of(lax, strict, words) := lax if {
	words == {lax}
} else := strict

grant_of(all) := {"grant": object.union({"minutes_max": minutes}, rows_of(all))} if {
	every asked in all {
		is_object(asked[1].grant)
	}
	minutes := min({terms.grant.minutes_max | some [_, terms] in all})
} else := {}

rows_of(all) := {} if count(rows(all)) == 0

else := {"rows_max": min(rows(all))}

rows(all) := {terms.grant.rows_max | some [_, terms] in all}

joined(texts) := concat(" ", sort(texts)) if {
	count(concat(" ", texts)) <= text_max
} else := concat("", [substring(concat(" ", sort(texts)), 0, text_max - 1), "…"])

text_max := 2000

# What a package says, as a set of terms.
each_of(said) := {said} if is_object(said)

else := said if {
	is_set(said)
	count(said) > 0
} else := {"not in form"}

whole(rule, own) := over(over(over(usual, object.get(approvals, "defaults", {})), of_rule(rule)), own)

default approvals := {}

approvals := data.settings.approvals

of_rule(rule) := object.get(object.get(approvals, "rules", {}), rule, {})

# `above` in place of `below`, member by member.
over(below, above) := object.union_n([
	object.remove(below, object.keys(above)),
	object.remove(above, ["reviewers"]),
	{"reviewers": reviewers_over(below.reviewers, object.get(above, "reviewers", {}))},
])

# Whoever names people or groups means them alone.
reviewers_over(below, above) := object.union({"groups": [], "people": [], "count": below.count}, above) if {
	names_somebody(above)
} else := object.union(below, above)

names_somebody(reviewers) if {
	some key in object.keys(reviewers)
	key in {"groups", "people"}
}

in_form(terms) if {
	count(object.keys(terms) - members) == 0
	reviewers_in_form(terms.reviewers)
	object.get(terms, "mode", "wait") in {"wait", "retry"}
	terms.stage in {"action", "commit"}
	whole_number(terms.deadline_s, seconds_max)
	whole_number(terms.transaction_s, seconds_max)
	whole_number(terms.use_within_s, seconds_max)
	is_string(terms.text)
	count(terms.text) <= text_max
	grant_in_form(object.get(terms, "grant", null))
	names(terms.break_glass)
}

members := {
	"reviewers",
	"mode",
	"stage",
	"deadline_s",
	"transaction_s",
	"use_within_s",
	"text",
	"grant",
	"break_glass",
}

seconds_max := 604800

reviewers_in_form(reviewers) if {
	object.keys(reviewers) == {"groups", "people", "count"}
	names(reviewers.groups)
	names(reviewers.people)
	whole_number(reviewers.count, 10)
	enough(reviewers)
}

# Somebody could agree.
enough(reviewers) if count(reviewers.groups) > 0

enough(reviewers) if count({person | some person in reviewers.people}) >= reviewers.count

# `null` says that there is none, where the defaults have one.
grant_in_form(grant) if grant == null

grant_in_form(grant) if {
	count(object.keys(grant) - {"minutes_max", "rows_max"}) == 0
	whole_number(grant.minutes_max, 1440)
	whole_number(object.get(grant, "rows_max", 1), 9007199254740991)
}

names(list) if {
	is_array(list)
	count(list) <= 100
	every name in list {
		is_string(name)
		name != ""
		count(name) <= 512
	}
}

whole_number(number, most) if {
	is_number(number)
	number == floor(number)
	number >= 1
	number <= most
}
