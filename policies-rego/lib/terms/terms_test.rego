package gatehouse.lib.terms_test

import data.gatehouse.lib.terms

asked(own) := terms.combined({"a.b.c"}, {"a.b.c": own})

both(one, other) := terms.combined({"a.b.c", "a.b.d"}, {"a.b.c": one, "a.b.d": other})

test_what_a_rule_leaves_out_is_the_usual if {
	terms.combined({"a.b.c"}, {}) == {
		"stage": "action",
		"requirements": [{"rule": "a.b.c", "groups": ["reviewers"], "people": [], "count": 1}],
		"deadline_s": 900,
		"transaction_s": 60,
		"use_within_s": 900,
		"text": "",
		"break_glass": [],
	} with data.settings.approvals as {}
}

test_settings_say_what_is_usual_and_what_a_rule_is_held_by if {
	held := terms.combined({"a.b.c", "a.b.d"}, {"a.b.d": {"deadline_s": 30}}) with data.settings.approvals as {
		"defaults": {"reviewers": {"groups": ["leads"]}, "deadline_s": 50},
		"rules": {"a.b.d": {"reviewers": {"people": ["ann", "ben"], "count": 2}, "deadline_s": 40}},
	}
	held.deadline_s == 30
	held.requirements == [
		{"rule": "a.b.c", "groups": ["leads"], "people": [], "count": 1},
		{"rule": "a.b.d", "groups": [], "people": ["ann", "ben"], "count": 2},
	]
}

test_who_names_reviewers_means_them_alone if {
	asked({"reviewers": {"people": ["ann"]}}).requirements == [{"rule": "a.b.c", "groups": [], "people": ["ann"], "count": 1}]
	asked({"reviewers": {"groups": ["dba"]}}).requirements == [{"rule": "a.b.c", "groups": ["dba"], "people": [], "count": 1}]
	asked({"reviewers": {"count": 2}}).requirements == [{"rule": "a.b.c", "groups": ["reviewers"], "people": [], "count": 2}]
}

test_a_number_of_reviewers_is_kept_where_others_are_named if {
	held := asked({"reviewers": {"groups": ["dba"]}}) with data.settings.approvals.defaults as {"reviewers": {"count": 2}}
	held.requirements[0].count == 2
}

test_several_sets_of_terms_of_one_rule_must_all_be_met if {
	held := asked({{"reviewers": {"groups": ["dba"]}}, {"reviewers": {"groups": ["owners"]}}})
	[requirement.groups | some requirement in held.requirements] == [["dba"], ["owners"]]
}

test_the_strictest_of_several_rules_holds if {
	held := both(
		{
			"mode": "wait",
			"stage": "commit",
			"deadline_s": 100,
			"transaction_s": 9,
			"use_within_s": 70,
			"text": "One.",
			"grant": {"minutes_max": 60, "rows_max": 10},
			"break_glass": ["oncall", "cto"],
		},
		{
			"mode": "retry",
			"stage": "action",
			"deadline_s": 200,
			"transaction_s": 8,
			"use_within_s": 80,
			"text": "Two.",
			"grant": {"minutes_max": 30},
			"break_glass": ["cto"],
		},
	)
	object.remove(held, ["requirements"]) == {
		"mode": "retry",
		"stage": "action",
		"deadline_s": 100,
		"transaction_s": 8,
		"use_within_s": 70,
		"text": "One. Two.",
		"grant": {"minutes_max": 30, "rows_max": 10},
		"break_glass": ["cto"],
	}
	count(held.requirements) == 2
}

test_a_mode_that_one_rule_says_holds if {
	both({"mode": "wait"}, {}).mode == "wait"
	not asked({}).mode
}

test_commit_is_held_where_all_say_so if {
	asked({"stage": "commit"}).stage == "commit"
	both({"stage": "commit"}, {"stage": "commit"}).stage == "commit"
	both({"stage": "commit"}, {}).stage == "action"
}

test_a_grant_is_allowed_where_all_allow_one if {
	both({"grant": {"minutes_max": 5}}, {"grant": {"minutes_max": 9}}).grant == {"minutes_max": 5}
	not both({"grant": {"minutes_max": 5}}, {}).grant
}

test_no_grant_where_a_rule_says_none if {
	grants := {"grant": {"minutes_max": 5}}
	asked({}).grant == {"minutes_max": 5} with data.settings.approvals.defaults as grants
	held := asked({"grant": null}) with data.settings.approvals.defaults as grants
	not held.grant
}

test_texts_are_cut_where_they_are_too_long_together if {
	long := concat("", ["ab" | some _ in numbers.range(1, 700)])
	held := both({"text": long}, {"text": concat("", [long, "."])})
	count(held.text) == 2000
	endswith(held.text, "…")
}

test_break_glass_is_none_where_no_group_is_named_by_all if {
	both({"break_glass": ["cto"]}, {}).break_glass == []
	both({"break_glass": ["cto"]}, {"break_glass": ["oncall"]}).break_glass == []
}

test_nothing_is_said_where_a_member_is_not_in_form if {
	every malformed in [
		{"reviewer": {"groups": ["dba"]}},
		{"reviewers": ["dba"]},
		{"reviewers": {"group": ["dba"]}},
		{"reviewers": {"groups": "dba"}},
		{"reviewers": {"groups": [""]}},
		{"reviewers": {"groups": [1]}},
		{"reviewers": {"groups": []}},
		{"reviewers": {"count": 0}},
		{"reviewers": {"count": 1.5}},
		{"reviewers": {"count": "1"}},
		{"reviewers": {"count": 11}},
		{"mode": "later"},
		{"mode": null},
		{"stage": "plan"},
		{"deadline_s": 0},
		{"deadline_s": "900"},
		{"deadline_s": 604801},
		{"transaction_s": -1},
		{"use_within_s": 0.5},
		{"text": 1},
		{"text": concat("", ["a" | some _ in numbers.range(0, 2000)])},
		{"grant": {}},
		{"grant": {"minutes_max": 0}},
		{"grant": {"minutes_max": 1441}},
		{"grant": {"minutes_max": 5, "rows_max": 0}},
		{"grant": {"minutes_max": 5, "rows": 1}},
		{"grant": false},
		{"break_glass": "cto"},
		{"break_glass": [null]},
		{"break_glass": [$"group {n}" | some n in numbers.range(0, 100)]},
	] {
		not asked(malformed)
		not both({}, malformed)
		not asked({{}, malformed})
		not terms.combined({"a.b.c"}, {}) with data.settings.approvals.defaults as malformed
		not terms.combined({"a.b.c"}, {}) with data.settings.approvals.rules as {"a.b.c": malformed}
	}
}

test_nothing_is_said_where_nobody_could_agree if {
	not asked({"reviewers": {"people": ["ann"], "count": 2}})
	not asked({"reviewers": {"people": ["ann", "ann"], "count": 2}})
	asked({"reviewers": {"people": ["ann", "ben"], "count": 2}})
	asked({"reviewers": {"people": ["ann"], "groups": ["dba"], "count": 2}})
}

test_nothing_is_said_where_terms_are_no_terms if {
	every other in [null, "reviewers", 1, [], [{}], set(), {"reviewers"}] {
		not asked(other)
	}
	not terms.combined({"a.b.c"}, {}) with data.settings.approvals as "none"
	not terms.combined({"a.b.c"}, {}) with data.settings.approvals as {"defaults": []}
}

test_nothing_is_said_where_more_is_asked_than_anyone_could_follow if {
	twenty := {{"text": $"{n}"} | some n in numbers.range(1, 20)}
	count(asked(twenty).requirements) == 1
	not asked(twenty | {{"text": "one more"}})
}
