# METADATA
# title: COPY with a file of the server
# description: |
#   COPY with a file name reads or writes files on the database server.
# custom:
#   severity: critical
#   controls: [A.8.3, A.8.12]
#   protocols: [postgres]
#   example: {statement: {verb: COPY, writes: true, traits: [copy_file]}}
package gatehouse.postgres.server.copy_file

import data.gatehouse.lib.postgres

deny contains "COPY with a file name reads or writes files of the server; use COPY … TO STDOUT or FROM STDIN." if {
	"copy_file" in postgres.traits
}
