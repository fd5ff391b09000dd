package main

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	authv3 "github.com/envoyproxy/go-control-plane/envoy/service/auth/v3"
	typev3 "github.com/envoyproxy/go-control-plane/envoy/type/v3"
	"github.com/open-policy-agent/opa/v1/util"
	rpcstatus "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc/codes"
)

type authorization struct {
	authv3.UnimplementedAuthorizationServer
	settings  Settings
	tokens    *tokens
	policy    *policy
	decisions *decisionLog
	templates [][]string
	made      atomic.Uint64
}

// Headers that policy is not told: credentials, and what is said elsewhere in the input.
var untold = map[string]bool{"authorization": true, "cookie": true, "proxy-authorization": true}

func (service *authorization) Check(ctx context.Context, request *authv3.CheckRequest) (*authv3.CheckResponse, error) {
	attributes := request.GetAttributes()
	http := attributes.GetRequest().GetHttp()
	token, isBearer := strings.CutPrefix(http.GetHeaders()["authorization"], "Bearer ")
	if !isBearer {
		return denied(typev3.StatusCode_Unauthorized, "no token"), nil
	}
	principal, err := service.tokens.verify(token)
	if err != nil {
		return denied(typev3.StatusCode_Unauthorized, "bad token"), nil
	}
	body := bodyOf(http)
	input, err := service.input(principal, attributes, body)
	if err != nil {
		return denied(typev3.StatusCode_BadRequest, err.Error()), nil
	}
	started := time.Now()
	decision, err := service.policy.decide(ctx, input)
	if err != nil {
		return denied(typev3.StatusCode_ServiceUnavailable, err.Error()), nil
	}
	took := time.Since(started)
	if err := service.log(input, decision, took, body); err != nil {
		return denied(typev3.StatusCode_ServiceUnavailable, err.Error()), nil
	}
	if decision.Verdict != "allow" {
		return denied(typev3.StatusCode_Forbidden, decision.Reason), nil
	}
	return service.allowed(), nil
}

func bodyOf(http *authv3.AttributeContext_HttpRequest) []byte {
	if raw := http.GetRawBody(); len(raw) > 0 {
		return raw
	}
	return []byte(http.GetBody())
}

func (service *authorization) input(
	principal Principal,
	attributes *authv3.AttributeContext,
	body []byte,
) (map[string]any, error) {
	http := attributes.GetRequest().GetHttp()
	path, rawQuery, _ := strings.Cut(http.GetPath(), "?")
	query, err := url.ParseQuery(rawQuery)
	if err != nil {
		return nil, err
	}
	described, err := describedBody(http, body)
	if err != nil {
		return nil, err
	}
	headers := map[string]string{}
	for name, value := range http.GetHeaders() {
		if !strings.HasPrefix(name, ":") && !untold[name] {
			headers[name] = value
		}
	}
	parsed := make(map[string]any, len(query))
	for name, values := range query {
		parsed[name] = values
	}
	upstream := service.settings.Upstream
	template, parameters := service.template(path)
	source := attributes.GetSource().GetAddress().GetSocketAddress()
	return map[string]any{
		"version": 1,
		"principal": map[string]any{
			"subject":      principal.Subject,
			"on_behalf_of": principal.OnBehalfOf,
			"issuer":       principal.Issuer,
			"groups":       principal.Groups,
		},
		"upstream": map[string]any{
			"name":     upstream.Name,
			"protocol": upstream.Protocol,
			"labels":   upstream.Labels,
		},
		"session": map[string]any{
			"client_address": fmt.Sprintf("%s:%d", source.GetAddress(), source.GetPortValue()),
			"route":          service.settings.Route,
		},
		"action": map[string]any{
			"kind": "http.request",
			"request": map[string]any{
				"method":       http.GetMethod(),
				"host":         http.GetHost(),
				"path":         path,
				"template":     template,
				"parameters":   parameters,
				"query":        parsed,
				"headers":      headers,
				"content_type": http.GetHeaders()["content-type"],
				"body":         described,
				"inspection":   "full",
			},
		},
	}, nil
}

func describedBody(http *authv3.AttributeContext_HttpRequest, body []byte) (map[string]any, error) {
	if len(body) == 0 {
		return map[string]any{"kind": "none", "complete": true, "bytes": 0}, nil
	}
	if !strings.HasPrefix(http.GetHeaders()["content-type"], "application/json") {
		return map[string]any{"kind": "binary", "complete": false, "bytes": len(body)}, nil
	}
	var value any
	// As the plugin reads it: numbers keep their digits.
	if err := util.UnmarshalJSON(body, &value); err != nil {
		return nil, err
	}
	described := map[string]any{"kind": "json", "complete": true, "bytes": len(body), "value": value}
	if object, ok := value.(map[string]any); ok {
		described["members"] = membersOf(object)
	}
	return described, nil
}

const elementsMax = 9

// The first level of an object, as the gate hands it over.
func membersOf(object map[string]any) map[string]any {
	members := make(map[string]any, len(object))
	for name, member := range object {
		if list, ok := member.([]any); ok {
			shown := []any{}
			for _, element := range list[:min(len(list), elementsMax)] {
				shown = append(shown, scalar(element))
			}
			members[name] = shown
		} else {
			members[name] = scalar(member)
		}
	}
	return members
}

func scalar(value any) any {
	switch value.(type) {
	case map[string]any, []any:
		return nil
	}
	return value
}

func (service *authorization) template(path string) (any, map[string]string) {
	segments := strings.Split(path, "/")
	for index, template := range service.templates {
		if parameters, fits := fit(template, segments); fits {
			return service.settings.Templates[index], parameters
		}
	}
	return nil, map[string]string{}
}

func fit(template, segments []string) (map[string]string, bool) {
	if len(template) != len(segments) {
		return nil, false
	}
	parameters := map[string]string{}
	for index, segment := range template {
		if strings.HasPrefix(segment, "{") {
			parameters[strings.Trim(segment, "{}")] = segments[index]
		} else if segment != segments[index] {
			return nil, false
		}
	}
	return parameters, true
}

func (service *authorization) log(input map[string]any, decision Decision, took time.Duration, body []byte) error {
	request := input["action"].(map[string]any)["request"].(map[string]any)
	described := request["body"].(map[string]any)
	delete(described, "value")
	return service.decisions.write(decisionLine{
		ID:        service.made.Add(1),
		Path:      "gatehouse/decision",
		Time:      time.Now().UTC().Format(time.RFC3339Nano),
		Input:     input,
		Body:      string(body[:min(len(body), loggedBodyBytesMax)]),
		Result:    decision.Whole,
		Duration:  float64(took.Microseconds()),
		BodyBytes: len(body),
	})
}

func (service *authorization) allowed() *authv3.CheckResponse {
	return &authv3.CheckResponse{
		Status: &rpcstatus.Status{Code: int32(codes.OK)},
		HttpResponse: &authv3.CheckResponse_OkResponse{OkResponse: &authv3.OkHttpResponse{
			Headers: []*corev3.HeaderValueOption{{
				Header:       &corev3.HeaderValue{Key: "authorization", Value: "Bearer " + service.settings.Credential},
				AppendAction: corev3.HeaderValueOption_OVERWRITE_IF_EXISTS_OR_ADD,
			}},
		}},
	}
}

func denied(status typev3.StatusCode, reason string) *authv3.CheckResponse {
	return &authv3.CheckResponse{
		Status: &rpcstatus.Status{Code: int32(codes.PermissionDenied)},
		HttpResponse: &authv3.CheckResponse_DeniedResponse{DeniedResponse: &authv3.DeniedHttpResponse{
			Status: &typev3.HttpStatus{Code: status},
			Body:   reason,
		}},
	}
}
