# METADATA
# title: Who sees what is masked
# description: |
#   Masking is the gate's own default. data.settings.masking.reveal lists the exceptions: groups that see marked columns
#   (`columns`), and values that detectors find (`found`, by kind), on upstreams with certain labels. It grants nothing
#   else.
# custom:
#   severity: high
#   controls: [A.8.11, A.8.3]
#   protocols: [postgres]
package gatehouse.postgres.masking.reveal

import data.gatehouse.lib.audience

oblige contains {"kind": "reveal", "columns": entry.columns} if {
	some entry in entries
	count(entry.columns) > 0
}

oblige contains {"kind": "reveal_found", "kinds": entry.found} if {
	some entry in entries
	count(entry.found) > 0
}

entries contains entry if {
	some entry in data.settings.masking.reveal
	audience.opened(entry)
}
