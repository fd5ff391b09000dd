package gatehouse.decision_test

import data.gatehouse
import data.gatehouse.testing

drop_and_grant := {"verb": "DROP TABLE", "verbs": ["DROP TABLE", "GRANT"], "writes": true, "defines": true}

test_allows_what_a_grant_covers_and_nothing_denies if {
	gatehouse.decision == {
		"version": 1,
		"verdict": "allow",
		"rule": "postgres.access.granted",
		"reason": "Granted to developers.",
		"obligations": [],
		"report_only": [],
	} with input as testing.query({})
}

test_denies_although_it_is_granted if {
	gatehouse.decision == {
		"version": 1,
		"verdict": "deny",
		"rule": "postgres.destructive.delete_without_where",
		"reason": "DELETE on public.people has no WHERE clause; add one that names the rows.",
		"obligations": [],
		"report_only": [],
	} with input as testing.query(testing.delete_all)
}

test_denial_goes_before_hold if {
	decided := gatehouse.decision with input as testing.on({"env": "prod"}, testing.delete_all)
	decided.verdict == "deny"
	endswith(decided.reason, " Also: postgres.environment.protected_write.")
}

test_hold_goes_before_allow if {
	decided := gatehouse.decision with input as testing.on({"env": "prod"}, testing.update)
	decided.verdict == "hold"
	decided.rule == "postgres.environment.protected_write"
}

test_the_most_severe_rule_is_named_first if {
	decided := gatehouse.decision with input as testing.as_group("schema-owners", drop_and_grant)
		with data.rules as {
			"postgres.privilege.grant_revoke": {"severity": "critical"},
			"postgres.destructive.drop": {"severity": "high"},
		}
		with data.settings.exemptions as []
	decided.rule == "postgres.privilege.grant_revoke"
	endswith(decided.reason, " Also: postgres.destructive.drop.")
}

test_the_first_in_the_alphabet_is_named_among_equals if {
	decided := gatehouse.decision with input as testing.as_group("schema-owners", drop_and_grant)
		with data.rules as {
			"postgres.privilege.grant_revoke": {"severity": "high"},
			"postgres.destructive.drop": {"severity": "high"},
		}
		with data.settings.exemptions as []
	decided.rule == "postgres.destructive.drop"
}

test_a_rule_of_unknown_severity_counts_as_medium if {
	decided := gatehouse.decision with input as testing.as_group("schema-owners", drop_and_grant)
		with data.rules as {
			"postgres.privilege.grant_revoke": {"severity": "low"},
			"postgres.destructive.drop": {"severity": "none"},
		}
		with data.settings.exemptions as []
	decided.rule == "postgres.destructive.drop"
}

test_denies_an_input_of_another_version if {
	decided := gatehouse.decision with input as object.union(testing.query({}), {"version": 2})
	decided.verdict == "deny"
	decided.rule == "default"
}

test_denies_an_empty_input if {
	decided := gatehouse.decision with input as {}
	decided.verdict == "deny"
	decided.rule == "default"
}

test_denies_a_kind_of_action_that_no_rule_knows_of if {
	decided := gatehouse.decision with input as testing.kind_only("telnet.open")
	decided.verdict == "deny"
}

test_a_report_only_rule_is_reported_and_not_enforced if {
	decided := gatehouse.decision with input as testing.query(testing.delete_all)
		with data.settings.report_only as ["postgres.destructive.delete_without_where"]
	decided.verdict == "allow"
	decided.rule == "postgres.access.granted"
	decided.report_only == [{
		"rule": "postgres.destructive.delete_without_where",
		"verdict": "deny",
		"reason": "DELETE on public.people has no WHERE clause; add one that names the rows.",
	}]
}

test_a_group_of_rules_only_reports_by_its_prefix if {
	decided := gatehouse.decision with input as testing.query(testing.delete_all)
		with data.settings.report_only as ["postgres.destructive.*"]
	decided.verdict == "allow"
	count(decided.report_only) == 1
}

test_other_rules_stay_enforced_beside_a_report_only_one if {
	decided := gatehouse.decision with input as testing.as_group("readers", testing.delete_all)
		with data.settings.report_only as ["postgres.destructive.*"]
	decided.verdict == "deny"
	decided.rule == "postgres.access.capability"
	count(decided.report_only) == 1
}

test_a_report_only_hold_lets_through if {
	decided := gatehouse.decision with input as testing.on({"env": "prod"}, testing.update)
		with data.settings.report_only as ["postgres.environment.protected_write"]
	decided.verdict == "allow"
	decided.rule == "default"
	decided.report_only[0].verdict == "hold"
}

test_an_exemption_frees_its_group_on_its_upstreams if {
	fields := object.union(testing.verb_fields("DROP TABLE"), {"writes": true, "defines": true})
	decided := gatehouse.decision with input as testing.as_group("schema-owners", fields)
	decided.verdict == "allow"
	decided.report_only == []
}

test_an_exemption_does_not_reach_other_upstreams if {
	fields := object.union(testing.verb_fields("DROP TABLE"), {"writes": true, "defines": true})
	decided := gatehouse.decision with input as testing.on_as({"env": "prod"}, ["schema-owners"], fields)
	decided.verdict == "deny"
	decided.rule == "postgres.destructive.drop"
}

test_an_exemption_does_not_reach_other_groups if {
	decided := gatehouse.decision with input as testing.query(testing.verb_fields("DROP TABLE"))
	decided.verdict == "deny"
}

test_an_exemption_is_no_grant if {
	exemptions := [{"rules": ["postgres.*"], "groups": ["strangers"], "labels": {}}]
	decided := gatehouse.decision with input as testing.of_groups(["strangers"])
		with data.settings.exemptions as exemptions
	decided.verdict == "deny"
	decided.rule == "default"
}

# Whatever a principal does, what it may see goes with it.
test_obligations_are_part_of_each_kind_of_allowed_decision if {
	settings := {
		"reveal": [{"groups": ["developers"], "labels": {}, "columns": ["*"], "found": ["*"]}],
		"mask": [{"groups": ["developers"], "labels": {}, "columns": ["hr.*.salary"], "style": "typed"}],
	}
	every asked in array.concat(
		[testing.connect(["developers"])],
		[testing.kind(kind, {}) | some kind in ["postgres.query", "postgres.parse", "postgres.execute"]],
	) {
		decided := gatehouse.decision with input as asked with data.settings.masking as settings
		decided.verdict == "allow"
		decided.obligations == [
			{"kind": "reveal", "columns": ["*"]},
			{"kind": "mask", "columns": ["hr.*.salary"], "style": "typed"},
			{"kind": "reveal_found", "kinds": ["*"]},
		]
	}
}

test_a_rule_that_only_reports_still_obliges if {
	decided := gatehouse.decision with input as testing.query(testing.delete_all)
		with data.settings.report_only as ["postgres.*"]
		with data.settings.masking.mask as [{"columns": ["public.people.card"]}]
	decided.verdict == "allow"
	count(decided.obligations) == 1
}

test_a_hold_says_who_must_agree_and_until_when if {
	decided := gatehouse.decision with input as testing.on({"env": "prod"}, testing.update)
	decided.hold.requirements == [{
		"rule": "postgres.environment.protected_write",
		"groups": ["reviewers"],
		"people": [],
		"count": 1,
	}]
	decided.hold.deadline_s == 900
}

test_only_a_hold_has_terms if {
	denied := gatehouse.decision with input as testing.on({"env": "prod"}, testing.delete_all)
	denied.verdict == "deny"
	object.get(denied, "hold", "none") == "none"
	allowed := gatehouse.decision with input as testing.query({})
	object.get(allowed, "hold", "none") == "none"
}

held_people := [{
	"relations": ["public.people"],
	"terms": {"reviewers": {"groups": ["owners"]}, "deadline_s": 60},
}]

test_every_rule_that_holds_names_its_reviewers if {
	decided := gatehouse.decision with input as testing.on({"env": "prod"}, testing.update_people)
		with data.settings.postgres.held_writes as held_people
		with data.rules as {"postgres.environment.protected_write": {"severity": "high"}}
	decided.rule == "postgres.environment.protected_write"
	endswith(decided.reason, " Also: postgres.approval.held_write.")
	[requirement.groups | some requirement in decided.hold.requirements] == [["owners"], ["reviewers"]]
	decided.hold.deadline_s == 60
}

test_a_hold_that_only_reports_asks_for_nobody if {
	decided := gatehouse.decision with input as testing.on({"env": "prod"}, testing.update_people)
		with data.settings.postgres.held_writes as held_people
		with data.settings.report_only as ["postgres.approval.held_write"]
	[requirement.rule | some requirement in decided.hold.requirements] == ["postgres.environment.protected_write"]
	decided.hold.deadline_s == 900
}

test_a_hold_that_is_exempted_asks_for_nobody if {
	exemption := {"rules": ["postgres.approval.*"], "groups": ["developers"], "labels": {}}
	decided := gatehouse.decision with input as testing.on({"env": "prod"}, testing.update_people)
		with data.settings.postgres.held_writes as held_people
		with data.settings.exemptions as [exemption]
	[requirement.rule | some requirement in decided.hold.requirements] == ["postgres.environment.protected_write"]
}

test_terms_that_are_not_in_form_deny if {
	every malformed in [{"reviewer": "x"}, "reviewers", null] {
		decided := gatehouse.decision with input as testing.query(testing.update_people)
			with data.settings.postgres.held_writes as [{"relations": ["public.people"], "terms": malformed}]
		decided.verdict == "deny"
		decided.rule == "postgres.approval.held_write"
		startswith(decided.reason, "This needs a reviewer's approval, and what the policy asks of reviewers is not in form")
		object.get(decided, "hold", "none") == "none"
	}
}

test_defaults_that_are_not_in_form_deny_what_is_held_alone if {
	malformed := {"defaults": {"reviewers": {"count": 0}}}
	held := gatehouse.decision with input as testing.on({"env": "prod"}, testing.update_people)
		with data.settings.approvals as malformed
	held.verdict == "deny"
	allowed := gatehouse.decision with input as testing.query({})
		with data.settings.approvals as malformed
	allowed.verdict == "allow"
}

test_terms_of_a_rule_that_come_to_nothing_deny if {
	decided := gatehouse.decision with input as testing.on({"env": "prod"}, testing.update_people)
		with data.rules as {"postgres.environment.protected_write": {"severity": "high", "terms": true}}
	decided.verdict == "deny"
	decided.rule == "postgres.environment.protected_write"
}
