# METADATA
# title: For whom and where a setting holds
# description: |
#   Entries of data.settings that name `groups` and `labels` of upstreams. What opens something holds only where both are
#   named and fit; what closes something holds unless one of them is named and does not fit. So an entry that is not
#   complete, or misspelt, errs on the side of closing.
package gatehouse.lib.audience

import data.gatehouse.lib.pattern

# True where an entry that opens something is for this principal, on this upstream.
opened(entry) if {
	listed(entry)
	every label, values in entry.labels {
		input.upstream.labels[label] in values
	}
}

# True where an entry that closes something spares this principal, or this upstream.
spared(entry) if {
	is_array(entry.groups)
	not listed(entry)
}

# An upstream that does not have the label is not spared by it.
spared(entry) if {
	some label, values in entry.labels
	is_array(values)
	value := input.upstream.labels[label]
	not value in values
}

listed(entry) if "*" in entry.groups

listed(entry) if {
	some group in entry.groups
	group in input.principal.groups
}

# True where an entry that closes something leaves out one of the principal's groups.
excepted(entry) if {
	some group in entry.except
	group in input.principal.groups
}

# True where an entry names upstreams, and not this one.
elsewhere(entry) if {
	is_array(entry.upstreams)
	not on_upstream(entry)
}

on_upstream(entry) if {
	some upstream in entry.upstreams
	pattern.name(upstream, input.upstream.name)
}
