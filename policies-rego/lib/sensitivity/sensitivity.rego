# METADATA
# title: Sensitive upstreams
# description: |
#   Upstreams that data.settings.sensitivity names by a label. Where it names none, every upstream is one.
package gatehouse.lib.sensitivity

default sensitive := false

sensitive if {
	own := lower(input.upstream.labels[data.settings.sensitivity.label])
	some value in data.settings.sensitivity.values
	own == lower(value)
}

sensitive if not named

named if {
	is_string(data.settings.sensitivity.label)
	is_array(data.settings.sensitivity.values)
}
