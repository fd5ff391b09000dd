# METADATA
# title: Fields taken out of requests
# description: |
#   Fields that data.settings.masking.remove takes out of what is sent, before it leaves. What such an entry lacks makes
#   it hold for more, or makes the gate deny.
# custom:
#   severity: medium
#   controls: [A.8.11, A.8.12]
#   protocols: [http]
package gatehouse.http.masking.remove

import data.gatehouse.lib.masking

oblige contains obligation if some obligation in masking.removals
