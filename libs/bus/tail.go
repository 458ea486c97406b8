package bus

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"

	"github.com/segmentio/kafka-go"
)

// Tail reads topics from the beginning, outside any group, and goes on until ctx ends. It calls fn from one goroutine at a
// time, in order within a partition. What cannot be decoded is left out. It is for tools and tests.
func Tail(ctx context.Context, cfg Config, topics []string, fn func(Message)) error {
	if err := cfg.check(); err != nil {
		return err
	}
	cfg = cfg.withDefaults()
	partitions, err := allPartitions(ctx, cfg)
	if err != nil {
		return fmt.Errorf("tail: %w", err)
	}
	wanted := map[string]string{}
	for _, topic := range topics {
		wanted[Topic(cfg.Company, topic)] = topic
	}
	var one sync.Mutex
	var readers sync.WaitGroup
	for _, p := range partitions {
		topic, yes := wanted[p.Topic]
		if !yes {
			continue
		}
		readers.Go(func() {
			_ = readFrom(ctx, cfg, spot{p.Topic, p.ID}, kafka.FirstOffset, func(record kafka.Message) bool {
				if m, err := decode(record, topic); err == nil {
					one.Lock()
					defer one.Unlock()
					fn(m)
				}
				return true
			})
		})
	}
	readers.Wait()
	return nil
}

// Dump reads all that lies on the broker in a company's topics, dead letters and what cannot be decoded too, until where it ends
// now. It calls fn from one goroutine. It is for tools and tests.
func Dump(ctx context.Context, cfg Config, fn func(topic string, record []byte)) error {
	if err := cfg.check(); err != nil {
		return err
	}
	cfg = cfg.withDefaults()
	partitions, err := allPartitions(ctx, cfg)
	if err != nil {
		return fmt.Errorf("dump: %w", err)
	}
	for _, p := range partitions {
		topic := bare(cfg.Company, p.Topic)
		if topic == p.Topic {
			continue
		}
		err := scan(ctx, cfg, spot{p.Topic, p.ID}, func(record kafka.Message) {
			whole := slices.Concat(record.Key, []byte("\n"), record.Value)
			for _, h := range record.Headers {
				whole = slices.Concat(whole, []byte("\n"+h.Key+": "), h.Value)
			}
			fn(topic, whole)
		})
		if err != nil {
			return fmt.Errorf("dump %s: %w", topic, err)
		}
	}
	return nil
}

// scan reads a partition from its beginning to where it ends now.
func scan(ctx context.Context, cfg Config, at spot, fn func(kafka.Message)) error {
	all, err := logBounds(ctx, cfg, []spot{at})
	if err != nil {
		return err
	}
	bounds := all[at]
	if bounds.FirstOffset >= bounds.LastOffset {
		return nil
	}
	return readFrom(ctx, cfg, at, bounds.FirstOffset, func(record kafka.Message) bool {
		fn(record)
		return record.Offset+1 < bounds.LastOffset
	})
}

// readFrom reads a partition until fn has enough or ctx ends.
func readFrom(ctx context.Context, cfg Config, at spot, offset int64, fn func(kafka.Message) bool) error {
	var phone lines
	reader := newReader(cfg, &phone, at.topic, at.partition, func(format string, args ...any) {
		cfg.Log.DebugContext(ctx, "kafka client", "error", fmt.Sprintf(format, args...))
	})
	defer func() {
		go phone.hangUp()
		_ = reader.Close()
	}()
	if err := reader.SetOffset(offset); err != nil {
		return err
	}
	for {
		record, err := reader.FetchMessage(ctx)
		switch {
		case err == nil:
			if !fn(record) {
				return nil
			}
		case ctx.Err() != nil, errors.Is(err, io.EOF):
			return ctx.Err()
		default:
			return err
		}
	}
}
