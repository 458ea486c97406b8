// Package live carries signals from services to gateways over Redis pub/sub, so that streams move at once. Signals may be
// lost; what must not be lost is in a feed, and a signal only says that it grew.
package live

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/redis/go-redis/v9"
	"google.golang.org/protobuf/proto"

	notifyv1 "github.com/linlihub/linli/proto/gen/linli/notify/v1"
)

// Channel is where one company's signals travel.
type Channel struct {
	redis *redis.Client
	name  string
	log   *slog.Logger
}

// Open names a company's channel.
func Open(client *redis.Client, company string, log *slog.Logger) *Channel {
	return &Channel{redis: client, name: "linli:" + company + ":live", log: log}
}

// Send tells every gateway that listens now, in the order given and in one round trip. After an error some of the signals may
// have been sent.
func (c *Channel) Send(ctx context.Context, signals ...*notifyv1.Signal) error {
	pipe := c.redis.Pipeline()
	for _, s := range signals {
		data, err := proto.Marshal(s)
		if err != nil {
			return fmt.Errorf("write signal: %w", err)
		}
		pipe.Publish(ctx, c.name, data)
	}
	if _, err := pipe.Exec(ctx); err != nil {
		return fmt.Errorf("send %d signals: %w", len(signals), err)
	}
	return nil
}

// Listen hands every signal to take until ctx ends. It calls missed each time the subscription was made, also when it was
// made anew after an interruption: signals of the time before are lost. ready is called at once: streams work without
// signals, if more slowly, so no process waits for Redis.
func (c *Channel) Listen(ctx context.Context, ready func(), take func(*notifyv1.Signal), missed func()) error {
	sub := c.redis.Subscribe(ctx, c.name)
	defer sub.Close()
	ready()
	messages := sub.ChannelWithSubscriptions(redis.WithChannelSize(10_000), redis.WithChannelHealthCheckInterval(3*time.Second))
	for {
		select {
		case <-ctx.Done():
			return nil
		case m := <-messages:
			switch m := m.(type) {
			case *redis.Subscription:
				missed()
			case *redis.Message:
				c.hand(m.Payload, take)
			}
		}
	}
}

func (c *Channel) hand(payload string, take func(*notifyv1.Signal)) {
	s := &notifyv1.Signal{}
	if err := proto.Unmarshal([]byte(payload), s); err != nil {
		c.log.Warn("signal unreadable", "error", err)
		return
	}
	take(s)
}
