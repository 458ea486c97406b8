package bus

import (
	"context"
	"fmt"

	"github.com/segmentio/kafka-go/sasl"
	"github.com/segmentio/kafka-go/sasl/plain"
	"github.com/segmentio/kafka-go/sasl/scram"
)

// Logins are the ways of signing in that Login knows.
var Logins = []string{"scram-sha-512", "scram-sha-256", "plain"}

// Login signs in to the broker with what credentials answer at the time of each connection. plain shows the broker the
// password itself, and so is for secured connections only.
func Login(way string, credentials func() (username, password string, err error)) (sasl.Mechanism, error) {
	names := map[string]string{"scram-sha-512": "SCRAM-SHA-512", "scram-sha-256": "SCRAM-SHA-256", "plain": "PLAIN"}
	if names[way] == "" {
		return nil, fmt.Errorf("bus: no way to sign in is called %q: there are %v", way, Logins)
	}
	return login{names[way], credentials}, nil
}

type login struct {
	name        string
	credentials func() (username, password string, err error)
}

// Name is what Kafka calls it.
func (l login) Name() string { return l.name }

// Start begins one conversation.
func (l login) Start(ctx context.Context) (sasl.StateMachine, []byte, error) {
	username, password, err := l.credentials()
	if err != nil {
		return nil, nil, fmt.Errorf("sign in to the broker: %w", err)
	}
	mechanism, err := l.mechanism(username, password)
	if err != nil {
		return nil, nil, fmt.Errorf("sign in to the broker: %w", err)
	}
	return mechanism.Start(ctx)
}

func (l login) mechanism(username, password string) (sasl.Mechanism, error) {
	switch l.name {
	case "SCRAM-SHA-512":
		return scram.Mechanism(scram.SHA512, username, password)
	case "SCRAM-SHA-256":
		return scram.Mechanism(scram.SHA256, username, password)
	}
	return plain.Mechanism{Username: username, Password: password}, nil
}
