# METADATA
# title: set_config
# description: |
#   set_config changes settings, the role among them; it is judged as SET is where it stands alone with a constant
#   name, and denied elsewhere.
# custom:
#   severity: critical
#   controls: [A.8.9, A.8.2]
#   protocols: [postgres]
#   example: {statement: {functions: [{name: set_config, volatility: volatile}], traits: [set_config]}}
package gatehouse.postgres.session.set_config

import data.gatehouse.lib.postgres

deny contains "set_config hides which setting it changes here; use SET." if {
	used
	not postgres.setting.name
}

used if "set_config" in postgres.traits

used if {
	some function in postgres.functions
	function.name == "set_config"
}
