# METADATA
# title: Inputs for tests
# description: A developer reads public.people on a development upstream; every test says what is different.
package gatehouse.testing

people := {
	"schema": "public",
	"name": "people",
	"qualified": "public.people",
	"kind": "table",
	"access": "read",
	"resolved": true,
	"through": [],
}

description := {
	"complete": true,
	"unknown": [],
	"verb": "SELECT",
	"verbs": ["SELECT"],
	"writes": false,
	"defines": false,
	"relations": [people],
	"columns": [],
	"functions": [],
	"unfiltered": [],
	"traits": [],
	"fingerprint": "0",
}

# `groups`, upstream `labels`, and the `fields` of the statement that differ.
on_as(labels, groups, fields) := object.union(envelope(labels, groups), {"action": {
	"kind": "postgres.query",
	"statement": object.union(object.union(description, {"text": "SELECT name FROM people"}), fields),
}})

envelope(labels, groups) := {
	"version": 1,
	"principal": {
		"subject": "agent:test",
		"on_behalf_of": "alice@example.com",
		"issuer": "https://issuer.example.com",
		"groups": groups,
	},
	"upstream": {"name": "app", "protocol": "postgres", "labels": labels},
	"session": {
		"client_address": "127.0.0.1:40000",
		"database": "app",
		"role": "app_developer",
		"search_path": ["public"],
		"transaction": "idle",
		"application_name": "psql",
	},
}

query(fields) := on_as({"env": "dev"}, ["developers"], fields)

on(labels, fields) := on_as(labels, ["developers"], fields)

of_groups(groups) := on_as({"env": "dev"}, groups, {})

as_group(group, fields) := on_as({"env": "dev"}, [group], fields)

of_groups_with(groups, fields) := on_as({"env": "dev"}, groups, fields)

kind_only(kind) := object.union(envelope({"env": "dev"}, ["developers"]), {"action": {"kind": kind}})

connect(groups) := object.union(envelope({"env": "dev"}, groups), {"action": {"kind": "postgres.connect"}})

kind(kind, fields) := object.union(query(fields), {"action": {"kind": kind}})

verb_fields(verb) := {"verb": verb, "verbs": [verb]}

verb(verb) := query(verb_fields(verb))

update := {"verb": "UPDATE", "verbs": ["UPDATE"], "writes": true}

# A statement that changes a table.
changing(schema, name, through, verb, traits) := {
	"verb": verb,
	"verbs": [verb],
	"writes": true,
	"relations": [relation(schema, name, "write", through)],
	"traits": traits,
}

update_people := changing("public", "people", [], "UPDATE", [])

update_all := object.union(update, {"unfiltered": ["public.people"]})

delete_all := {"verb": "DELETE", "verbs": ["DELETE"], "writes": true, "unfiltered": ["public.people"]}

# A statement of `verb` (EXPLAIN, PREPARE …) around another.
around(verb, fields) := {"verb": verb, "verbs": [verb], "relations": [], "inner": object.union(description, fields)}

reading(schema, name, through) := query({"relations": [relation(schema, name, "read", through)]})

touching(schema, name, access) := query({"relations": [relation(schema, name, access, [])]})

relation(schema, name, access, through) := {
	"schema": schema,
	"name": name,
	"qualified": concat(".", [schema, name]),
	"kind": "table",
	"access": access,
	"resolved": true,
	"through": through,
}

calling(schema, name) := query(calling_fields(schema, name))

calling_fields(schema, name) := {"functions": [{
	"schema": schema,
	"name": name,
	"resolved": schema != "",
	"volatility": "stable",
}]}

calling_volatile(name) := query({"functions": [{
	"schema": "pg_catalog",
	"name": name,
	"resolved": true,
	"volatility": "volatile",
}]})

setting(name, value) := query({
	"verb": "SET",
	"verbs": ["SET"],
	"setting": {"name": name, "value": value, "local": false},
})

show(name) := query({
	"verb": "SHOW",
	"verbs": ["SHOW"],
	"setting": {"name": name, "local": false},
})
