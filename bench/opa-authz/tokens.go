package main

import (
	"os"

	"github.com/lestrrat-go/jwx/v3/jwk"
	"github.com/lestrrat-go/jwx/v3/jwt"
)

// tokens verifies access tokens by the issuer's keys: signature, issuer, audience and times.
type tokens struct {
	keys     jwk.Set
	issuer   string
	audience string
}

// Principal is who calls, as policy sees them.
type Principal struct {
	Subject    string
	OnBehalfOf string
	Issuer     string
	Groups     []string
}

func newTokens(settings Settings) (*tokens, error) {
	text, err := os.ReadFile(settings.Keys)
	if err != nil {
		return nil, err
	}
	keys, err := jwk.Parse(text)
	if err != nil {
		return nil, err
	}
	return &tokens{keys: keys, issuer: settings.Issuer, audience: settings.Audience}, nil
}

func (tokens *tokens) verify(token string) (Principal, error) {
	parsed, err := jwt.ParseString(
		token,
		jwt.WithKeySet(tokens.keys),
		jwt.WithIssuer(tokens.issuer),
		jwt.WithAudience(tokens.audience),
	)
	if err != nil {
		return Principal{}, err
	}
	subject, _ := parsed.Subject()
	principal := Principal{Subject: subject, Issuer: tokens.issuer, Groups: []string{}}
	var actor map[string]any
	if parsed.Get("act", &actor) == nil {
		// RFC 8693: the subject is the human, the actor the agent.
		if agent, isText := actor["sub"].(string); isText {
			principal.OnBehalfOf = principal.Subject
			principal.Subject = agent
		}
	}
	var groups []any
	if parsed.Get("groups", &groups) == nil {
		for _, group := range groups {
			if name, isText := group.(string); isText {
				principal.Groups = append(principal.Groups, name)
			}
		}
	}
	return principal, nil
}
