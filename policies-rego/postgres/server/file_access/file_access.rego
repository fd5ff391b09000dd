# METADATA
# title: Files of the server
# description: |
#   Whatever else reaches files of the database server: functions, tablespaces, libraries.
# custom:
#   severity: high
#   controls: [A.8.3, A.8.12]
#   protocols: [postgres]
#   example: {statement: {traits: [file_access]}}
package gatehouse.postgres.server.file_access

import data.gatehouse.lib.postgres

deny contains "This reaches files of the database server; leave it to its administrator." if "file_access" in postgres.traits
