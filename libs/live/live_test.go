package live_test

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"
	"google.golang.org/protobuf/testing/protocmp"

	"github.com/linlihub/linli/libs/ephemeral"
	"github.com/linlihub/linli/libs/live"
	commonv1 "github.com/linlihub/linli/proto/gen/linli/common/v1"
	notifyv1 "github.com/linlihub/linli/proto/gen/linli/notify/v1"
)

// patience is how long a test waits for what must happen.
const patience = 30 * time.Second

// ear listens to a company's channel until its test ends.
type ear struct {
	heard  chan *notifyv1.Signal
	missed chan struct{}
	ended  chan error
	stop   context.CancelFunc
}

func listen(t *testing.T, client *redis.Client, company string) *ear {
	t.Helper()
	e := &ear{heard: make(chan *notifyv1.Signal, 1000), missed: make(chan struct{}, 1000), ended: make(chan error, 1)}
	ctx, cancel := context.WithCancel(t.Context())
	e.stop = cancel
	t.Cleanup(cancel)
	ready := make(chan struct{})
	channel := live.Open(client, company, slog.New(slog.DiscardHandler))
	go func() {
		e.ended <- channel.Listen(ctx, func() { close(ready) }, func(s *notifyv1.Signal) { e.heard <- s }, func() { e.missed <- struct{}{} })
	}()
	await(t, "ready", ready)
	return e
}

func await[T any](t *testing.T, what string, c <-chan T) (got T) {
	t.Helper()
	select {
	case got = <-c:
	case <-time.After(patience):
		t.Fatalf("waited in vain for: %s", what)
	}
	return got
}

func start(t *testing.T) (*miniredis.Miniredis, *redis.Client) {
	t.Helper()
	server := miniredis.RunT(t)
	client := ephemeral.Open(ephemeral.Config{Addr: server.Addr()})
	t.Cleanup(func() { _ = client.Close() })
	return server, client
}

func TestASignalReachesEveryGatewayOfItsCompany(t *testing.T) {
	_, client := start(t)
	first, beside, other := listen(t, client, "demo"), listen(t, client, "demo"), listen(t, client, "other")
	for _, e := range []*ear{first, beside, other} {
		await(t, "the first subscription", e.missed)
	}
	sent := &notifyv1.Signal{
		Feed: "ticket:t1", Seq: 7, Entry: &notifyv1.Entry{Seq: 7, Type: "TicketOpened"},
		Position: &commonv1.Point{Lat: 30.27, Lon: 120.15}, OnlyPersonId: "p1",
	}
	channel := live.Open(client, "demo", slog.New(slog.DiscardHandler))
	if err := channel.Send(t.Context(), sent); err != nil {
		t.Fatal(err)
	}
	for _, e := range []*ear{first, beside} {
		if diff := cmp.Diff(sent, await(t, "the signal", e.heard), protocmp.Transform()); diff != "" {
			t.Error(diff)
		}
	}
	second, third := &notifyv1.Signal{Feed: "ticket:t1", Seq: 8}, &notifyv1.Signal{Feed: "ticket:t1", Seq: 9}
	if err := channel.Send(t.Context(), second, third); err != nil {
		t.Fatal(err)
	}
	for _, want := range []*notifyv1.Signal{second, third} {
		if diff := cmp.Diff(want, await(t, "signals in order", first.heard), protocmp.Transform()); diff != "" {
			t.Error(diff)
		}
	}
	foreign := &notifyv1.Signal{Feed: "ticket:o1", Seq: 1}
	if err := live.Open(client, "other", slog.New(slog.DiscardHandler)).Send(t.Context(), foreign); err != nil {
		t.Fatal(err)
	}
	if got := await(t, "its own signal", other.heard); got.GetFeed() != "ticket:o1" {
		t.Errorf("another company hears %v", got)
	}
}

func TestWhatIsUnreadableIsPassedOver(t *testing.T) {
	_, client := start(t)
	e := listen(t, client, "demo")
	await(t, "the subscription", e.missed)
	if err := client.Publish(t.Context(), "linli:demo:live", "\xff\xff not a signal").Err(); err != nil {
		t.Fatal(err)
	}
	if err := live.Open(client, "demo", slog.New(slog.DiscardHandler)).Send(t.Context(), &notifyv1.Signal{Feed: "f", Seq: 1}); err != nil {
		t.Fatal(err)
	}
	if got := await(t, "the readable one", e.heard); got.GetSeq() != 1 {
		t.Errorf("heard %v", got)
	}
}

// TestARestartOfRedisIsTold: signals of the time between are lost, and whoever listens is told so.
func TestARestartOfRedisIsTold(t *testing.T) {
	server, client := start(t)
	e := listen(t, client, "demo")
	await(t, "the first subscription", e.missed)
	channel := live.Open(client, "demo", slog.New(slog.DiscardHandler))
	for round := range 3 {
		server.Close()
		if err := channel.Send(t.Context(), &notifyv1.Signal{Feed: "lost"}); err == nil {
			t.Error("a signal was sent to nobody, and nobody was told")
		}
		if err := server.Restart(); err != nil {
			t.Fatal(err)
		}
		await(t, "word of what was missed", e.missed)
		heardAgain(t, e, channel, fmt.Sprint("round ", round))
	}
}

// TestNobodyWaitsForRedis: a process is ready without it, and stops without it.
func TestNobodyWaitsForRedis(t *testing.T) {
	server, client := start(t)
	server.Close()
	e := listen(t, client, "demo")
	e.stop()
	if err := await(t, "the end", e.ended); err != nil {
		t.Error(err)
	}
}

// A Redis that was stopped in the middle never hangs up: those who listen are told to look for themselves, again and again.
func TestASilentRedisIsTold(t *testing.T) {
	server, client := start(t)
	var silent atomic.Bool
	options := *client.Options()
	options.Dialer = func(ctx context.Context, network, _ string) (net.Conn, error) {
		conn, err := (&net.Dialer{}).DialContext(ctx, network, server.Addr())
		return mute{conn, &silent}, err
	}
	muted := redis.NewClient(&options)
	t.Cleanup(func() { _ = muted.Close() })
	e := listen(t, muted, "demo")
	await(t, "the subscription", e.missed)
	silent.Store(true)
	await(t, "the silence", e.missed)
	await(t, "the silence, again", e.missed)
	silent.Store(false)
	heardAgain(t, e, live.Open(client, "demo", slog.New(slog.DiscardHandler)), "spoken")
}

// mute is a connection on which nothing arrives while it is silent.
type mute struct {
	net.Conn
	silent *atomic.Bool
}

func (m mute) Read(b []byte) (n int, err error) {
	for n, err = m.Conn.Read(b); err == nil && m.silent.Load(); {
		n, err = m.Conn.Read(b)
	}
	return n, err
}

// heardAgain sends a signal until it is heard, for a subscription made anew takes a moment.
func heardAgain(t *testing.T, e *ear, channel *live.Channel, feed string) {
	t.Helper()
	limit, again := time.After(patience), time.NewTicker(50*time.Millisecond)
	defer again.Stop()
	for {
		if err := channel.Send(t.Context(), &notifyv1.Signal{Feed: feed}); err != nil {
			t.Fatal(err)
		}
		select {
		case got := <-e.heard:
			if got.GetFeed() == feed {
				return
			}
		case <-again.C:
		case <-limit:
			t.Fatalf("never heard %s", feed)
		}
	}
}
