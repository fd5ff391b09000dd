# METADATA
# title: Probe
# description: |
#   For tests of the engine: answers what its data says. It looks at the statement's parameters for the one in its
#   data; where that is found it answers otherwise, or counts until memory ends.
package gatehouse

decision := data.answer if not found

decision := data.answer_to_parameter if {
	found
	not data.exhaust
}

decision := count(numbers.range(0, data.exhaust)) if found

found if {
	some parameter in input.action.parameters
	parameter.value == data.parameter
}
