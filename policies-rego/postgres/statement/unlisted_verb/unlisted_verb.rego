# METADATA
# title: Verbs that are not listed
# description: |
#   A verb that the settings give no class (data.settings.postgres.verbs) is not let through, so that what a later
#   server adds waits for a review.
# custom:
#   severity: high
#   controls: [A.8.26]
#   protocols: [postgres]
#   example: {statement: {verb: BREW}}
package gatehouse.postgres.statement.unlisted_verb

import data.gatehouse.lib.postgres

deny contains $"{postgres.names(unlisted)} is not among the statements that are let through; use another, or ask the policy's owner." if {
	count(unlisted) > 0
}

unlisted contains verb if {
	some description in postgres.descriptions
	some verb in array.concat([description.verb], description.verbs)
	not postgres.class(verb)
}
