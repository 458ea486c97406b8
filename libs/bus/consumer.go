package bus

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/segmentio/kafka-go"
)

// Consumer reads the topics of a router for one group. Several consumers of a group, in this process or in others, share
// the partitions.
type Consumer struct {
	cfg     Config
	group   string
	router  *Router
	log     *slog.Logger
	metrics *metrics
	writer  *Writer // of dead letters
	watch   time.Duration
}

// NewConsumer makes the consumer of a service: the group is named after it. Nothing is dialled before Run.
func NewConsumer(cfg Config, group string, r *Router) *Consumer {
	cfg = cfg.withDefaults()
	return &Consumer{cfg: cfg, group: group, router: r, log: cfg.Log.With("group", group), watch: cfg.Stalled / 4}
}

var (
	errStalled = errors.New("messages wait and none of them gets on")
	errTopics  = errors.New("the topics that exist have changed")
)

// strikes is how often a reader is rebuilt because it stalls before Run gives up, and the process had better start again.
const strikes = 3

// Run reads and handles until ctx ends; then it stops fetching, waits for the handlers that run, commits and leaves, and
// returns nil. Any other end is an error: the process should not go on without its consumer. It calls ready once, when
// the group has given it partitions. Topics that do not exist yet are joined when they do.
func (c *Consumer) Run(ctx context.Context, ready func()) error {
	if err := c.open(); err != nil {
		return err
	}
	defer c.writer.Close()
	once := sync.OnceFunc(ready)
	stalled := 0
	for ctx.Err() == nil {
		topics, err := c.existing(ctx)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil || len(topics) == 0 {
			c.log.WarnContext(ctx, "no topic to read yet", "topics", c.router.Topics(), "error", err)
			pause(ctx, time.Second/4)
			continue
		}
		s := &session{consumer: c, topics: topics, ready: once}
		switch err := s.run(ctx); {
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, errStalled) && s.progressed.Load():
			stalled = 1
		case errors.Is(err, errStalled):
			stalled++
		case err != nil && !errors.Is(err, errTopics):
			return fmt.Errorf("consume as %s: %w", c.group, err)
		}
		if stalled >= strikes {
			return fmt.Errorf("consume as %s: %w", c.group, errStalled)
		}
	}
	return nil
}

func (c *Consumer) open() (err error) {
	if len(c.router.handlers) == 0 {
		return fmt.Errorf("consume as %s: the router has no handler", c.group)
	}
	if c.writer, err = NewWriter(c.cfg); err != nil {
		return err
	}
	c.metrics = c.writer.metrics
	return nil
}

// existing is those of the router's topics that can be read. To ask for others makes the client join again and again.
func (c *Consumer) existing(ctx context.Context) ([]string, error) {
	led, err := ledTopics(ctx, c.cfg)
	if err != nil {
		return nil, fmt.Errorf("list topics: %w", err)
	}
	var topics []string
	for _, topic := range c.router.Topics() {
		if full := Topic(c.cfg.Company, topic); led[full] {
			topics = append(topics, full)
		}
	}
	return topics, nil
}

// newGroup is the one place where group membership is configured.
func (c *Consumer) newGroup(l *lines, topics []string) (*kafka.ConsumerGroup, error) {
	dialer := l.dialer(c.cfg)
	dialer.ClientID = orElse(c.cfg.Instance, clientID)
	return kafka.NewConsumerGroup(kafka.ConsumerGroupConfig{
		ID:                    Group(c.cfg.Company, c.group),
		Brokers:               c.cfg.Brokers,
		Dialer:                dialer,
		Topics:                topics,
		StartOffset:           kafka.FirstOffset, // a new group hears everything that is kept
		WatchPartitionChanges: true,
		HeartbeatInterval:     time.Second,
		SessionTimeout:        6 * time.Second, // the default of 30 s orphans the partitions of a killed process for as long
		RebalanceTimeout:      rebalanceLimit + time.Second,
		JoinGroupBackoff:      time.Second,
		Timeout:               5 * time.Second,
		ErrorLogger:           kafka.LoggerFunc(c.metrics.complaints(c.log, c.group, l.leaving)),
	})
}

// newReader is the one place where a reader is configured; each line keeps a trap away.
func newReader(cfg Config, l *lines, topic string, partition int, complain func(string, ...any)) *kafka.Reader {
	return kafka.NewReader(kafka.ReaderConfig{
		Brokers:   cfg.Brokers,
		Dialer:    l.dialer(cfg),
		Topic:     topic,
		Partition: partition,
		MinBytes:  1,
		MaxBytes:  2 << 20, // above the broker's largest batch
		// The socket's deadline: the broker is told to answer a second earlier, and at once below 1.1 s or so.
		MaxWait:               2 * time.Second,
		ReadBatchTimeout:      2 * time.Second,
		ReadBackoffMin:        20 * time.Millisecond,
		ReadBackoffMax:        time.Second,
		ReadLagInterval:       -1,
		OffsetOutOfRangeError: true, // else a log that became shorter than our place is waited for in silence
		ErrorLogger:           kafka.LoggerFunc(complain),
	})
}

// within runs what may hang, and gives up on it after a while.
func within(limit time.Duration, do func()) bool {
	done := make(chan struct{})
	go func() {
		defer close(done)
		do()
	}()
	select {
	case <-done:
		return true
	case <-time.After(limit):
		return false
	}
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
