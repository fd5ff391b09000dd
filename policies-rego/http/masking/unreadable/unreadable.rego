# METADATA
# title: Bodies that cannot be masked
# description: |
#   A body that the gate cannot read (a document, an image) goes on as it is, but not to or from a sensitive upstream
#   (data.settings.sensitivity), where data.settings.masking.unreadable lists who gets it all the same.
# custom:
#   severity: high
#   controls: [A.8.11, A.8.12]
#   protocols: [http]
package gatehouse.http.masking.unreadable

import data.gatehouse.lib.masking

oblige contains obligation if some obligation in masking.unreadable
