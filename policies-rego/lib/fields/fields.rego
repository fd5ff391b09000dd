# METADATA
# title: Fields of a JSON value
# description: |
#   What stands at a field: names from the top with dots between, where a list adds nothing, `*` inside a name stands for
#   any characters and `**` for any number of names, none included. Names are taken without regard to case, as many
#   servers bind them: what is looked at are the gate's folded fields, and nothing here may open anything. A value is
#   followed down a level at a time, in all places of the pattern at once: `walk` takes far more memory, and
#   WebAssembly has little.
package gatehouse.lib.fields

import data.gatehouse.lib.pattern

# A look at a field of folded fields (`body.fields`, `argument_fields`), for `at` and `too_deep`.
look(field, value) := [words, levels(words, value)] if words := names(pattern.folded(field))

# What stands at the field, lists taken apart.
at(looked) := array.flatten([places[count(places) - 1] | some places in looked[1]])

# Something may stand there further down than is looked, or in lists in lists in lists in lists.
too_deep(looked) if {
	all := looked[1]
	goes_on(looked[0], all[count(all) - 1])
}

too_deep(looked) if {
	some places in looked[1]
	some nodes in places
	has_list(nodes)
}

names(field) := [name |
	words := split(field, ".")
	some index, name in words
	not repeated(words, index)
]

# Two `**` in a row are one.
repeated(words, index) if {
	words[index] == "**"
	words[index - 1] == "**"
}

# For each level of the value its nodes by place: how many words of the pattern led to them. Rego has no recursion, so
# the levels that are looked at are counted; most values end early.
levels(words, value) := first if {
	first := first_levels(words, value)
	not goes_on(words, first[3])
} else := array.concat(first, further_levels(words, first[3])) if {
	first := first_levels(words, value)
}

first_levels(words, value) := [l0, l1, l2, l3] if {
	l0 := closed(words, [nodes | some place in numbers.range(0, count(words)); nodes := at_start(place, value)])
	l1 := closed(words, below(words, l0))
	l2 := closed(words, below(words, l1))
	l3 := closed(words, below(words, l2))
}

further_levels(words, l3) := [l4, l5, l6, l7, l8, l9, l10, l11, l12] if {
	l4 := closed(words, below(words, l3))
	l5 := closed(words, below(words, l4))
	l6 := closed(words, below(words, l5))
	l7 := closed(words, below(words, l6))
	l8 := closed(words, below(words, l7))
	l9 := closed(words, below(words, l8))
	l10 := closed(words, below(words, l9))
	l11 := closed(words, below(words, l10))
	l12 := closed(words, below(words, l11))
}

goes_on(words, places) if {
	some nodes in below(words, places)
	count(nodes) > 0
}

at_start(0, value) := apart([value])

at_start(place, _) := [] if place > 0

# Lists, three deep, taken apart.
apart(nodes) := nodes if {
	not has_list(nodes)
} else := once if {
	once := array.flatten(nodes)
	not has_list(once)
} else := array.flatten(array.flatten(array.flatten(nodes)))

has_list(nodes) if {
	some node in nodes
	is_array(node)
}

# `**` may stand for nothing: what stands before it stands behind it as well.
closed(words, places) := [nodes |
	some place, own in places
	nodes := array.concat(own, before(words, places, place))
]

before(words, places, place) := places[place - 1] if words[place - 1] == "**"

else := []

# One level further down.
below(words, places) := [apart(nodes) |
	some place, own in places
	nodes := array.concat(entered(words, places, place), stayed(words, own, place))
]

entered(words, places, place) := [child | some node in places[place - 1]; child := node[word]] if {
	word := words[place - 1]
	not contains(word, "*")
} else := [child |
	some node in places[place - 1]
	is_object(node)
	some name, child in node
	pattern.name(word, name)
] if {
	word := words[place - 1]
	word != "**"
} else := []

stayed(words, own, place) := [child |
	some node in own
	is_object(node)
	some child in node
] if {
	words[place] == "**"
} else := []
