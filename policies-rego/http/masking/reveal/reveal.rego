# METADATA
# title: Who sees what is masked
# description: |
#   Masking is the gate's own default. data.settings.masking.reveal lists the exceptions: groups that see marked fields
#   (`fields`), values that detectors find (`found`, by kind), and response headers that are withheld otherwise
#   (`headers`), on upstreams with certain labels. It grants nothing else.
# custom:
#   severity: high
#   controls: [A.8.11, A.8.3]
#   protocols: [http]
package gatehouse.http.masking.reveal

import data.gatehouse.lib.masking

oblige contains obligation if some obligation in masking.reveals
