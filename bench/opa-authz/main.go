// The stand-in for opa-envoy-plugin in bench:http: Envoy's ext_authz over the gate's own policy sources, evaluated by the
// opa library. Like the gate it verifies the caller's token and makes the input of an http.request; like the plugin it
// writes a decision log. It reads request bodies, never answers, and masks nothing.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"net"
	"os"
	"os/signal"
	"strings"
	"syscall"

	authv3 "github.com/envoyproxy/go-control-plane/envoy/service/auth/v3"
	"google.golang.org/grpc"
	"google.golang.org/grpc/health"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
)

// Envoy may send a whole body of a request; grpc takes 4 MiB where not told.
const messageBytesMax = 16 << 20

// Settings is what the bench writes for one run.
type Settings struct {
	Socket      string   `json:"socket"`
	Policies    string   `json:"policies"`
	Keys        string   `json:"keys"`
	Issuer      string   `json:"issuer"`
	Audience    string   `json:"audience"`
	DecisionLog string   `json:"decisionLog"`
	Route       string   `json:"route"`
	Upstream    Upstream `json:"upstream"`
	Templates   []string `json:"templates"`
	Credential  string   `json:"credential"`
}

// Upstream is the server as policy sees it.
type Upstream struct {
	Name     string            `json:"name"`
	Protocol string            `json:"protocol"`
	Labels   map[string]string `json:"labels"`
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: opa-authz SETTINGS.json")
		os.Exit(2)
	}
	if err := run(os.Args[1]); err != nil {
		log.Fatal(err)
	}
}

func run(file string) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	settings, err := readSettings(file)
	if err != nil {
		return err
	}
	tokens, err := newTokens(settings)
	if err != nil {
		return err
	}
	policy, err := newPolicy(ctx, settings.Policies)
	if err != nil {
		return err
	}
	decisions, err := newDecisionLog(settings.DecisionLog)
	if err != nil {
		return err
	}
	defer decisions.close()

	if err := os.Remove(settings.Socket); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	listener, err := net.Listen("unix", settings.Socket)
	if err != nil {
		return err
	}
	server := grpc.NewServer(grpc.MaxRecvMsgSize(messageBytesMax))
	authv3.RegisterAuthorizationServer(server, &authorization{
		settings:  settings,
		tokens:    tokens,
		policy:    policy,
		decisions: decisions,
		templates: splitTemplates(settings.Templates),
	})
	healthv1.RegisterHealthServer(server, health.NewServer())
	go func() {
		<-ctx.Done()
		server.Stop()
	}()
	return server.Serve(listener)
}

func readSettings(file string) (Settings, error) {
	var settings Settings
	text, err := os.ReadFile(file)
	if err != nil {
		return settings, err
	}
	return settings, json.Unmarshal(text, &settings)
}

func splitTemplates(templates []string) [][]string {
	split := make([][]string, 0, len(templates))
	for _, template := range templates {
		split = append(split, strings.Split(template, "/"))
	}
	return split
}
