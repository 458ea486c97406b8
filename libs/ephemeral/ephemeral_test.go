package ephemeral

import (
	"context"
	"errors"
	"net"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/linlihub/linli/libs/embedded"
)

func TestOpen(t *testing.T) {
	server, err := embedded.StartRedis(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	c := Open(Config{Addr: server.Addr()})
	defer c.Close()
	if err := Check(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	if err := c.Set(t.Context(), "k", "v", time.Minute).Err(); err != nil {
		t.Fatal(err)
	}
	if got, err := c.Get(t.Context(), "k").Result(); got != "v" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
	if _, err := c.Get(t.Context(), "nothing").Result(); !errors.Is(err, redis.Nil) {
		t.Errorf("a key that is not there answers %v", err)
	}
}

// A Redis that takes connections and then says nothing is worse than a dead one.
func TestSilentRedisIsGivenUpSoon(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	c := Open(Config{Addr: silent.Addr().String()})
	defer c.Close()
	start := time.Now()
	if err := Check(t.Context(), c); err == nil {
		t.Fatal("silence is taken for an answer")
	}
	if took := time.Since(start); took > 2*time.Second {
		t.Errorf("it took %v to give up", took)
	}
}

func TestCallersDeadlineIsKept(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	c := Open(Config{Addr: silent.Addr().String()})
	defer c.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if err := Check(ctx, c); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want the caller's deadline", err)
	}
}

func TestDeadRedisIsToldAtOnce(t *testing.T) {
	server, err := embedded.StartRedis(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	c := Open(Config{Addr: server.Addr()})
	defer c.Close()
	if err := server.Close(); err != nil {
		t.Fatal(err)
	}
	if err := Check(t.Context(), c); err == nil {
		t.Error("a dead server answers")
	}
}
