# METADATA
# title: An HTTP action as rules see it
# description: |
#   The capabilities that a request needs, whom and what entries of data.settings.http are about, and how a reason names
#   a request. It names each field that it reads, so that decisions depend on no more.
package gatehouse.lib.http

import data.gatehouse.lib.audience
import data.gatehouse.lib.pattern

# What rules look at is there, or nothing is granted. What goes to an MCP server and is no MCP message is nothing that
# anybody was granted either.
judged if {
	input.action.kind in {"http.request", "http.websocket", "http.message"}
	input.upstream.protocol != "mcp"
	count(classes) > 0
	is_string(input.action.request.path)
	is_object(input.action.request.query)
	is_string(input.action.request.body.kind)
	is_boolean(input.action.request.body.complete)
}

default websocket := false

websocket if input.action.kind == "http.websocket"

websocket if input.action.kind == "http.message"

# Capabilities. Everything needs `read`; see `overrides`, `methods` and `websocket` of data.settings.http for the rest.
needs contains "read"

needs contains class if some class in classes

# Empty for a method that nobody listed.
default classes := set()

classes := overriding if {
	not websocket
	count(overriding) > 0
} else := {data.settings.http.methods[input.action.request.method]} if {
	not websocket
} else := {object.get(data.settings.http, ["websocket", "capability"], "write")} if {
	websocket
}

# What the settings say of this method on this path. Where several entries do, all of it is needed.
overriding contains class if {
	some entry in data.settings.http.overrides
	class := entry.methods[input.action.request.method]
	on_path(entry)
	audience.on_upstream(entry)
}

# True where an entry that opens something is for this principal, on this upstream and path.
opened(entry) if {
	audience.opened(entry)
	not audience.elsewhere(entry)
	on_path(entry)
}

on_path(entry) if input.action.request.template in entry.paths

on_path(entry) if {
	asked := input.action.request.path
	some path in entry.paths
	pattern.path(path, asked)
}

# True where an entry that closes something closes it here. What an entry lacks makes it close more.
closed(entry) if {
	not audience.spared(entry)
	not audience.excepted(entry)
	not audience.elsewhere(entry)
	not of_other_method(entry)
	not off_path(entry)
}

of_other_method(entry) if {
	is_array(entry.methods)
	not input.action.request.method in entry.methods
}

off_path(entry) if {
	is_array(entry.paths)
	not perhaps_on_path(entry)
}

perhaps_on_path(entry) if input.action.request.template in entry.paths

perhaps_on_path(entry) if {
	asked := input.action.request.path
	folded := pattern.folded(asked)
	some path in entry.paths
	not pattern.apart(path, folded)
	pattern.lenient_path(path, asked)
}

# How a reason names the request: a path may hold what a reason must not repeat, a template does not.
named := "This WebSocket" if {
	websocket
} else := $"{method} {input.action.request.template}" if {
	is_string(input.action.request.template)
} else := $"{method} on this path"

method := substring(input.action.request.method, 0, 20) if {
	input.action.request.method != ""
} else := "This request"

sent if input.action.request.body.kind != "none"

# What is in the body cannot be told.
unread if input.action.request.body.kind in {"binary", "unread"}

unread if not complete

complete if input.action.request.body.complete == true

# Its parts can be looked at.
default parsed := false

parsed if {
	complete
	input.action.request.body.kind in {"json", "form"}
}
