# METADATA
# title: An MCP action as rules see it
# description: |
#   What is called or read, who is known, what is granted, and what of it writes.
package gatehouse.lib.mcp

import data.gatehouse.lib.access
import data.gatehouse.lib.audience
import data.gatehouse.lib.pattern

# The principal's groups that the settings know, for MCP or at all.
known_groups contains group if some group in access.known_groups

known_groups contains group if {
	some group in input.principal.groups
	data.settings.mcp.groups[group]
}

tool := input.action.mcp.tool if input.action.kind == "mcp.tool"

# What a grant must list: its list in data.settings.mcp.groups, and the names. A request may be about several resources.
asked := ["tools", [tool]]

asked := ["resources", input.action.mcp.resources] if input.action.kind == "mcp.resource"

asked := ["prompts", [input.action.mcp.prompt]] if input.action.kind == "mcp.prompt"

# Groups that have all of what is asked for. An entry is a name with `*`, for every upstream, or an object with `names`,
# `upstreams` and `labels`, all of which must fit.
granting contains group if {
	[list, names] := asked
	count(names) > 0
	some group in input.principal.groups
	every name in names {
		some entry in data.settings.mcp.groups[group][list]
		lists(entry, name)
	}
}

lists(entry, name) if {
	is_string(entry)
	pattern.name(entry, name)
}

lists(entry, name) if {
	some listed in entry.names
	pattern.name(listed, name)
	audience.on_upstream(entry)
	every label, values in entry.labels {
		input.upstream.labels[label] in values
	}
}

# What every known group may do.
open_to_known if input.action.kind in data.settings.mcp.everyone.kinds

open_to_known if {
	input.action.kind == "mcp.request"
	input.action.mcp.method in data.settings.mcp.everyone.requests
}

# True where an entry of data.settings.mcp.tools that closes something closes it here. What it lacks makes it close more.
closed(entry) if {
	tool
	not audience.spared(entry)
	not audience.excepted(entry)
	not audience.elsewhere(entry)
	not of_other_tool(entry)
}

of_other_tool(entry) if {
	is_array(entry.tools)
	not of_tool(entry)
}

of_tool(entry) if {
	some name in entry.tools
	pattern.name(name, tool)
}

# A tool counts as writing where it is listed so, and where nobody listed it as reading.
writes if {
	some name in data.settings.mcp.tools.writing
	pattern.name(name, tool)
}

writes if {
	tool
	not reads
}

reads if {
	some name in data.settings.mcp.tools.reading
	pattern.name(name, tool)
}

# How a reason names what is asked for. A URI may hold what a reason must not repeat.
named := $"Tool {substring(tool, 0, 130)}" if tool

named := "This resource" if asked[0] == "resources"

named := $"Prompt {substring(asked[1][0], 0, 130)}" if asked[0] == "prompts"
