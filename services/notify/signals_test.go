package notify

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"

	"github.com/linlihub/linli/libs/ephemeral"
	"github.com/linlihub/linli/libs/live"
	notifyv1 "github.com/linlihub/linli/proto/gen/linli/notify/v1"
)

// TestSignalsComeBackInABusyHour: after Redis was away the gateways hear again, though feeds never stop to grow.
func TestSignalsComeBackInABusyHour(t *testing.T) {
	server := miniredis.RunT(t)
	client := ephemeral.Open(ephemeral.Config{Addr: server.Addr()})
	t.Cleanup(func() { _ = client.Close() })
	channel := live.Open(client, "demo", slog.New(slog.DiscardHandler))
	ctx, stop := context.WithTimeout(t.Context(), 30*time.Second)
	defer stop()
	heard := make(chan *notifyv1.Signal, 1)
	take := func(s *notifyv1.Signal) {
		select {
		case heard <- s:
		default:
		}
	}
	go func() { _ = channel.Listen(ctx, func() {}, take, func() {}) }()
	signals := newSignals(channel)
	go func() { _ = signals.run(ctx, func() {}) }()

	server.Close()
	signals.send(ctx, []*notifyv1.Entry{{Feed: "ticket:lost", Seq: 1}})
	grow := time.NewTicker(20 * time.Millisecond)
	defer grow.Stop()
	for n := int64(1); ; n++ {
		select {
		case <-heard:
			return
		case <-ctx.Done():
			t.Fatal("the gateways hear nothing any more")
		case <-grow.C:
			signals.send(ctx, []*notifyv1.Entry{{Feed: "ticket:busy", Seq: n}})
		}
		if n == 20 { // by then it is known that Redis does not answer
			must(t, server.Restart())
		}
	}
}
