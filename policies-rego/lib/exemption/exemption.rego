# METADATA
# title: Exemptions and report-only rules
# description: |
#   What the policy's owner switched off for some, or lets only report, in data.settings. Both name rules by id, or all
#   below a prefix by `prefix.*`.
package gatehouse.lib.exemption

# True where a finding of the rule does not count for this principal on this upstream.
exempt(rule) if {
	some exemption in data.settings.exemptions
	some group in exemption.groups
	group in input.principal.groups
	some pattern in exemption.rules
	matches(pattern, rule)
	every label, values in exemption.labels {
		input.upstream.labels[label] in values
	}
}

# True where a finding of the rule is recorded and not enforced.
report_only(rule) if {
	some pattern in data.settings.report_only
	matches(pattern, rule)
}

matches(pattern, rule) if pattern == rule

matches(pattern, rule) if {
	endswith(pattern, ".*")
	startswith(rule, trim_suffix(pattern, "*"))
}
