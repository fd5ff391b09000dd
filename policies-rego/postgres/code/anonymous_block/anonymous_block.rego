# METADATA
# title: DO blocks
# description: |
#   What a DO block does cannot be told before it runs.
# custom:
#   severity: high
#   controls: [A.8.28, A.8.3]
#   protocols: [postgres]
#   example: {statement: {verb: DO, writes: true, traits: [do_block]}}
package gatehouse.postgres.code.anonymous_block

import data.gatehouse.lib.postgres

deny contains "What a DO block does cannot be judged beforehand; send its statements one by one." if {
	some verb in postgres.verbs
	verb == "DO"
}

deny contains "What a DO block does cannot be judged beforehand; send its statements one by one." if "do_block" in postgres.traits
