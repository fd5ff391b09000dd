# METADATA
# title: Allow everything
# description: |
#   For transparency tests, benches and a first look: the gate identifies and records, denies nothing and masks nothing.
#   It looks at nothing, so one decision serves for all. Not for an upstream that matters.
package gatehouse

decision := {
	"version": 1,
	"verdict": "allow",
	"rule": "allow_all",
	"reason": "This policy allows everything.",
	"obligations": [
		{"kind": "reveal", "columns": ["*"]},
		{"kind": "reveal_found", "kinds": ["*"]},
		{"kind": "reveal_fields", "fields": ["*"]},
		{"kind": "reveal_headers", "headers": ["set-cookie"]},
		{"kind": "pass_unreadable", "direction": "both"},
	],
	"report_only": [],
}
