package prepare

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"time"

	"github.com/linlihub/linli/libs/clock"
	"github.com/linlihub/linli/libs/credential"
	"github.com/linlihub/linli/libs/ephemeral"
	"github.com/linlihub/linli/libs/store"
)

// server is one that a release needs, and the value of the charts that says where it is.
type server struct{ name, value, network, address string }

func (a *All) servers() ([]server, error) {
	network, database, err := store.Where(a.Admin)
	if err != nil {
		return nil, fmt.Errorf("the key admin of global.database.existingSecret: %w", err)
	}
	all := []server{
		{"PostgreSQL", "the key admin of global.database.existingSecret", network, database},
		{"Redis", "global.redis.address", "tcp", a.Redis},
		{"Consul", "global.consul.address", "tcp", a.Consul},
		{"the collector of traces", "global.otlp.endpoint", "tcp", a.OTLP},
	}
	for _, broker := range a.Brokers {
		all = append(all, server{"Kafka", "global.kafka.brokers", "tcp", broker})
	}
	return slices.DeleteFunc(all, func(s server) bool { return s.address == "" }), nil
}

// look says in a sentence each which servers cannot be reached.
func (a *All) look(ctx context.Context) error {
	all, err := a.servers()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, a.Within)
	defer cancel()
	answers := make(chan error, len(all))
	for _, s := range all {
		go func() { answers <- s.reach(ctx) }()
	}
	for range all {
		err = errors.Join(err, <-answers)
	}
	return err
}

// reach repeats until somebody takes the call, for a network may let a new pod wait.
func (s server) reach(ctx context.Context) error {
	wall := clock.Real()
	for pause := 50 * time.Millisecond; ; pause *= 2 {
		conn, err := (&net.Dialer{Timeout: 3 * time.Second}).DialContext(ctx, s.network, s.address)
		if err == nil {
			return conn.Close()
		}
		if clock.Wait(ctx, wall, wall.Now().Add(pause)) != nil {
			return fmt.Errorf("%s cannot be reached at %s, which is what %s says: see that it runs there and that pods may go to it (%w)", s.name, s.address, s.value, err)
		}
	}
}

// meetRedis says when Redis will not have us, which services would not start with. That it is silent is no such reason.
func (a *All) meetRedis(ctx context.Context) error {
	if a.Redis == "" {
		return nil
	}
	access, err := credential.OpenAccess(a.RedisDir)
	if err != nil {
		return fmt.Errorf("--redis-dir: %w", err)
	}
	redis := ephemeral.Open(ephemeral.Config{Addr: a.Redis, Access: access})
	defer redis.Close()
	if err := ephemeral.Check(ctx, redis); ephemeral.Refused(err) {
		return fmt.Errorf("what global.redis.accessSecret holds does not let us into Redis at %s: %w", a.Redis, err)
	}
	return nil
}
