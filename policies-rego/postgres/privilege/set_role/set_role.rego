# METADATA
# title: SET ROLE
# description: |
#   The gate logs in with the role that the principal's groups map to; changing it inside the session would void
#   every grant.
# custom:
#   severity: critical
#   controls: [A.8.2, A.5.15]
#   protocols: [postgres]
#   example: {statement: {verb: SET, traits: [set_role], setting: {name: role, value: example}}}
package gatehouse.postgres.privilege.set_role

import data.gatehouse.lib.postgres

deny contains "The role comes with your groups and is not changed in a session; leave out SET ROLE and SET SESSION AUTHORIZATION." if {
	some trait in postgres.traits
	trait in {"set_role", "set_session_authorization"}
}

deny contains "The role comes with your groups and is not changed in a session; leave out SET ROLE and SET SESSION AUTHORIZATION." if {
	postgres.setting.name in {"role", "session_authorization"}
}
