# Inputs of HTTP and MCP: a developer gets /people/1 of a development API, or calls a tool of a development MCP server;
# every test says what is different.
package gatehouse.testing

no_body := {"kind": "none", "complete": true, "bytes": 0}

json(value) := whole("json", value)

form(fields) := whole("form", fields)

# Tests that are about the folding of names say what the fields are.
whole(kind, value) := {"kind": kind, "complete": true, "bytes": 100, "value": value, "fields": value, "members": members} if {
	is_object(value)
	members := {name: member | some name, inside in value; member := shown(inside)}
} else := {"kind": kind, "complete": true, "bytes": 100, "value": value, "fields": value}

# As the gate shows the first level.
shown(inside) := [scalar(element) | some element in array.slice(inside, 0, 9)] if is_array(inside)

else := scalar(inside)

scalar(inside) := null if is_object(inside)

else := null if is_array(inside)

else := inside

request := {
	"method": "GET",
	"host": "api.example.com",
	"path": "/people/1",
	"template": "/people/{id}",
	"parameters": {"id": "1"},
	"query": {},
	"headers": {"accept": "application/json"},
	"content_type": "",
	"body": no_body,
	"inspection": "full",
}

http_session := {"client_address": "127.0.0.1:40000", "route": "main/api"}

# `fields` of the request that differ; `body` as a whole.
http_on_as(labels, groups, fields) := http_kind_on_as("http.request", labels, groups, fields)

http_kind_on_as(kind, labels, groups, fields) := object.union(envelope(labels, groups), {
	"upstream": {"name": "api", "protocol": "http"},
	"session": http_session,
	"action": {"kind": kind, "request": with_body(object.union(request, fields), fields)},
})

with_body(whole, fields) := object.union(object.remove(whole, ["body"]), {"body": object.get(fields, "body", no_body)})

http(fields) := http_on_as({"env": "dev"}, ["developers"], fields)

http_of(groups, fields) := http_on_as({"env": "dev"}, groups, fields)

http_on(labels, fields) := http_on_as(labels, ["developers"], fields)

method(name) := http({"method": name})

get(path) := http({"path": path, "template": null})

post(value) := http({"method": "POST", "body": json(value)})

websocket(labels, groups) := http_kind_on_as("http.websocket", labels, groups, {"path": "/ws", "template": null})

message(labels, groups, body) := http_kind_on_as("http.message", labels, groups, {"path": "/ws", "template": null, "body": body})

# `fields` of `action.mcp` that differ.
mcp_on_as(kind, labels, groups, fields) := object.union(envelope(labels, groups), {
	"upstream": {"name": "crm", "protocol": "mcp"},
	"session": http_session,
	"action": {
		"kind": kind,
		"request": object.union(request, {"method": "POST", "path": "/mcp", "template": null}),
		"mcp": object.union({"version": "2025-11-25", "method": "ping"}, fields),
	},
})

mcp(kind, fields) := mcp_on_as(kind, {"env": "dev"}, ["developers"], fields)

mcp_of(groups, kind, fields) := mcp_on_as(kind, {"env": "dev"}, groups, fields)

tool_fields(name, arguments) := {"method": "tools/call", "tool": name, "arguments": arguments, "argument_fields": arguments}

tool(name) := mcp("mcp.tool", tool_fields(name, {}))

tool_with(name, arguments) := mcp("mcp.tool", tool_fields(name, arguments))

tool_on_as(labels, groups, name) := mcp_on_as("mcp.tool", labels, groups, tool_fields(name, {}))

resource(uri) := mcp("mcp.resource", {"method": "resources/read", "resource": uri, "resources": [uri]})

resources(uris) := mcp("mcp.resource", {"method": "subscriptions/listen", "resources": uris})

prompt(name) := mcp("mcp.prompt", {"method": "prompts/get", "prompt": name, "arguments": {}})
