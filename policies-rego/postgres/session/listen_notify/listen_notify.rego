# METADATA
# title: LISTEN and NOTIFY
# description: |
#   Notifications carry data between sessions past policy and record.
# custom:
#   severity: medium
#   controls: [A.8.12]
#   protocols: [postgres]
#   example: {statement: {verb: NOTIFY, traits: [listen_notify]}}
package gatehouse.postgres.session.listen_notify

import data.gatehouse.lib.postgres

deny contains "Notifications carry data between sessions unseen; read the table instead." if {
	some verb in postgres.verbs
	verb in {"LISTEN", "NOTIFY"}
}
