# METADATA
# title: Allow, and reveal nothing
# description: |
#   For tests of masking: policy denies nothing and reveals nothing, so that whatever keeps a marked value is the gate's
#   own. It looks at nothing.
package gatehouse

decision := {
	"version": 1,
	"verdict": "allow",
	"rule": "masks_only",
	"reason": "This policy allows everything, and reveals nothing.",
	"obligations": [],
	"report_only": [],
}
