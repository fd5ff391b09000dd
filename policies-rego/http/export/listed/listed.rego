# METADATA
# title: Exports
# description: |
#   Paths that hand out whole collections (data.settings.http.export.paths: entries of paths), but to the groups that an
#   entry excepts.
# custom:
#   severity: high
#   controls: [A.8.12, A.8.3]
#   protocols: [http]
#   example: {kind: http.request, request: {path: data.settings.http.export.paths.0.paths.0}}
package gatehouse.http.export.listed

import data.gatehouse.lib.http

deny contains $"{http.named} is an export; ask for the records that you need one by one, or for a group that may export." if {
	some entry in data.settings.http.export.paths
	http.closed(entry)
}
