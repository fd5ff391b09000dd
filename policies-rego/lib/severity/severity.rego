# METADATA
# title: Severity of rules
# description: The build writes each rule's METADATA severity to data.rules; a rule without one counts as medium.
package gatehouse.lib.severity

ranks := {"critical": 0, "high": 1, "medium": 2, "low": 3}

rank(rule) := known if {
	known := ranks[data.rules[rule].severity]
} else := ranks.medium
