# METADATA
# title: Fields masked for some
# description: |
#   Fields that data.settings.masking.mask marks for groups, on upstreams with certain labels, beside those that the
#   gate's configuration marks for everyone. What such an entry lacks makes it mask more, or makes the gate deny.
# custom:
#   severity: high
#   controls: [A.8.11, A.8.12]
#   protocols: [http]
package gatehouse.http.masking.mask

import data.gatehouse.lib.masking

oblige contains obligation if some obligation in masking.masks
