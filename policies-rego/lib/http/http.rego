# METADATA
# title: An HTTP action as rules see it
# description: |
#   The capabilities that a request needs, and how a reason names it.
package gatehouse.lib.http

# The kinds of action that grants of capabilities can judge. A WebSocket has rules of its own (http.websocket). What goes
# to an MCP server and is no MCP message is nothing that anybody was granted.
judged if {
	input.action.kind == "http.request"
	input.upstream.protocol != "mcp"
	count(classes) > 0
}

# Capabilities. Every request needs `read`; see data.settings.http.methods for the rest.
needs contains "read"

needs contains class if some class in classes

# What the settings say of the template, or else of the method; empty for a method that nobody listed.
classes := overridden if count(overridden) > 0

else := {data.settings.http.methods[input.action.request.method]}

overridden contains class if {
	some entry in data.settings.http.templates
	input.action.request.template in entry.templates
	input.upstream.name in entry.upstreams
	class := entry.methods[input.action.request.method]
}
