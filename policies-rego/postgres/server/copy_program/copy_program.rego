# METADATA
# title: COPY … PROGRAM
# description: |
#   COPY to or from a program runs a command on the database server.
# custom:
#   severity: critical
#   controls: [A.8.18, A.8.19]
#   protocols: [postgres]
#   example: {statement: {verb: COPY, writes: true, traits: [copy_program]}}
package gatehouse.postgres.server.copy_program

import data.gatehouse.lib.postgres

deny contains "COPY with PROGRAM runs a command on the server; use COPY … TO STDOUT or FROM STDIN." if {
	"copy_program" in postgres.traits
}
