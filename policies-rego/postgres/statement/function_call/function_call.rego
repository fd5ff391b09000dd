# METADATA
# title: The FunctionCall message
# description: |
#   PostgreSQL's old way to call a function by number carries nothing that could be judged.
# custom:
#   severity: high
#   controls: [A.8.26]
#   protocols: [postgres]
#   example: {kind: postgres.function_call}
package gatehouse.postgres.statement.function_call

deny contains "The FunctionCall message cannot be judged; call the function in a SELECT." if {
	input.action.kind == "postgres.function_call"
}
