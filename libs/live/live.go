// Package live carries signals from services to gateways over Redis pub/sub, so that streams move at once. Signals may be
// lost; what must not be lost is in a feed, and a signal only says that it grew.
package live

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
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

// look is how long Redis may say nothing before it is asked, and how long it may then take to answer.
const look = time.Second

var errSilent = errors.New("redis does not answer")

// Listen hands every signal to take until ctx ends. It calls missed each time the subscription was made, for signals of the
// time before are lost, and again and again while there is none: so streams work without signals, if more slowly. ready is
// called at once, and no process waits for Redis.
func (c *Channel) Listen(ctx context.Context, ready func(), take func(*notifyv1.Signal), missed func()) error {
	ready()
	for deaf := false; ctx.Err() == nil; {
		heard, err := c.listen(ctx, take, missed)
		if ctx.Err() != nil {
			break
		}
		if heard || !deaf {
			c.log.WarnContext(ctx, "no signals are heard; streams look for themselves", "error", err)
		}
		deaf = true
		missed()
		select {
		case <-ctx.Done():
		case <-time.After(look):
		}
	}
	return nil
}

// listen is one subscription, until Redis hangs up or falls silent: a server that was stopped in the middle never says so.
func (c *Channel) listen(ctx context.Context, take func(*notifyv1.Signal), missed func()) (heard bool, err error) {
	sub := c.redis.Subscribe(ctx, c.name)
	defer sub.Close()
	defer context.AfterFunc(ctx, func() { _ = sub.Close() })() // a read does not hear of the end by itself
	for silent := 0; silent < 2; {
		message, err := sub.ReceiveTimeout(ctx, look)
		var late net.Error
		switch {
		case errors.As(err, &late) && late.Timeout():
			if silent++; silent < 2 {
				if err := sub.Ping(ctx); err != nil {
					return heard, err
				}
			}
			continue
		case err != nil:
			return heard, err
		}
		silent, heard = 0, true
		switch m := message.(type) {
		case *redis.Subscription:
			missed()
		case *redis.Message:
			c.hand(m.Payload, take)
		}
	}
	return heard, errSilent
}

func (c *Channel) hand(payload string, take func(*notifyv1.Signal)) {
	s := &notifyv1.Signal{}
	if err := proto.Unmarshal([]byte(payload), s); err != nil {
		c.log.Warn("signal unreadable", "error", err)
		return
	}
	take(s)
}
