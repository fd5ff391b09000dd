# METADATA
# title: Settings that change how SQL is read
# description: |
#   With these settings the server would read the same text otherwise than the gate does.
# custom:
#   severity: critical
#   controls: [A.8.26, A.8.9]
#   protocols: [postgres]
#   example: {statement: {verb: SET, setting: {name: standard_conforming_strings, value: 'off'}}}
package gatehouse.postgres.session.parser_settings

import data.gatehouse.lib.postgres

deny contains $"{name} must stay as it is, or the gate and the server would read statements differently; leave it out." if {
	name := postgres.setting.name
	safe := data.settings.postgres.session.parser[name]
	not harmless(safe)
}

harmless(_) if postgres.statement.verb == "RESET"

harmless(safe) if lower(postgres.setting.value) in safe
