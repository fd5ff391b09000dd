# METADATA
# title: Protected settings
# description: |
#   Settings that switch off checks, logs or the gate's own facts (data.settings.postgres.session.protected).
# custom:
#   severity: high
#   controls: [A.8.9, A.8.15]
#   protocols: [postgres]
#   example: {statement: {verb: SET, setting: {name: session_replication_role, value: replica}}}
package gatehouse.postgres.session.protected_settings

import data.gatehouse.lib.postgres

deny contains $"{name} is not changed through the gate; leave it out." if {
	name := postgres.setting.name
	protected(name)
}

protected(name) if name in data.settings.postgres.session.protected

protected(name) if {
	some prefix in data.settings.postgres.session.protected_prefixes
	startswith(name, prefix)
}
