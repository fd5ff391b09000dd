# METADATA
# title: Who may do what where
# description: |
#   Capabilities (`read`, `write`, `define`) that a principal's groups have on the upstream at hand. A protected
#   environment (by label, and every upstream without the label unless settings say otherwise) has grants of its own.
package gatehouse.lib.access

environments := data.settings.environments

# What is false is remembered while a decision is made, what is undefined is worked out again: so there is a default here
# and elsewhere, where several rules ask.
default protected := false

protected if input.upstream.labels[environments.label] in environments.protected

protected if {
	not input.upstream.labels[environments.label]
	environments.unlabelled == "protected"
}

default place := "ordinary"

place := "protected" if protected

# The principal's groups that the settings know.
known_groups contains group if {
	some group in input.principal.groups
	data.settings.groups[group]
}

granted contains capability if {
	some group in known_groups
	some capability in data.settings.groups[group][place].allow
}

# Capabilities that a reviewer's approval would add.
holdable contains capability if {
	some group in known_groups
	some capability in data.settings.groups[group][place].hold
}

default read_only := false

read_only if {
	some group in input.principal.groups
	group in data.settings.read_only.groups
}

read_only if input.principal.subject in data.settings.read_only.subjects
