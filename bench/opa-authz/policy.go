package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
	"github.com/open-policy-agent/opa/v1/util"
)

// policy is the decision of the policy sources, compiled once.
type policy struct {
	query rego.PreparedEvalQuery
}

// Decision is what the policy says, as far as the stand-in follows it.
type Decision struct {
	Verdict string
	Rule    string
	Reason  string
	Whole   any
}

func newPolicy(ctx context.Context, folder string) (*policy, error) {
	data, err := os.ReadFile(filepath.Join(folder, "data.json"))
	if err != nil {
		return nil, err
	}
	var document map[string]any
	if err := util.UnmarshalJSON(data, &document); err != nil {
		return nil, err
	}
	options := []func(*rego.Rego){
		rego.Query("data.gatehouse.decision"),
		rego.Store(inmem.NewFromObject(document)),
	}
	err = filepath.WalkDir(folder, func(path string, entry os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && (entry.Name() == "testing" || entry.Name() == "allow-all") {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(path, ".rego") || strings.HasSuffix(path, "_test.rego") {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		options = append(options, rego.Module(path, string(text)))
		return nil
	})
	if err != nil {
		return nil, err
	}
	query, err := rego.New(options...).PrepareForEval(ctx)
	if err != nil {
		return nil, err
	}
	return &policy{query: query}, nil
}

// decide evaluates as the plugin does: the input becomes OPA's own values first.
func (policy *policy) decide(ctx context.Context, input any) (Decision, error) {
	value, err := ast.InterfaceToValue(input)
	if err != nil {
		return Decision{}, err
	}
	results, err := policy.query.Eval(ctx, rego.EvalParsedInput(value))
	if err != nil {
		return Decision{}, err
	}
	if len(results) != 1 || len(results[0].Expressions) != 1 {
		return Decision{}, errors.New("the decision is undefined")
	}
	whole, isObject := results[0].Expressions[0].Value.(map[string]any)
	if !isObject {
		return Decision{}, errors.New("the decision is no object")
	}
	verdict, _ := whole["verdict"].(string)
	rule, _ := whole["rule"].(string)
	reason, _ := whole["reason"].(string)
	return Decision{Verdict: verdict, Rule: rule, Reason: reason, Whole: whole}, nil
}
