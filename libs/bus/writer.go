package bus

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/segmentio/kafka-go"
	"go.opentelemetry.io/otel/trace"
)

// Writer publishes events. It is safe for many goroutines; a process needs one.
type Writer struct {
	cfg       Config
	metrics   *metrics
	transport *kafka.Transport
	kafka     *kafka.Writer
	turns     turns
	closing   atomic.Bool
}

// What goes to the broker at once. A batch never holds more than one call's chunk, and so a call waits for nothing.
const (
	chunkMessages = 100
	chunkBytes    = 900 << 10 // with headers and framing it stays below the broker's 1 MiB

	// maxEvent is what an event may take. It leaves room below the broker's 1 MiB, for one that is redriven has a header more.
	maxEvent = 1<<20 - 4<<10
	// maxLetter is what a dead letter may take: whatever a broker let in, and what is told of its end.
	maxLetter = 16 << 20
)

// NewWriter makes a writer; it connects when it is used.
func NewWriter(cfg Config) (*Writer, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	cfg = cfg.withDefaults()
	m, err := newMetrics(cfg.Registry)
	if err != nil {
		return nil, err
	}
	w := &Writer{cfg: cfg, metrics: m, transport: newTransport(cfg)}
	w.kafka = newKafkaWriter(cfg, w.transport, m.complaints(cfg.Log, "", w.closing.Load))
	return w, nil
}

// newKafkaWriter is the one place where a producer is configured; each line keeps a trap away.
func newKafkaWriter(cfg Config, transport *kafka.Transport, complain func(string, ...any)) *kafka.Writer {
	return &kafka.Writer{
		Addr:         kafka.TCP(cfg.Brokers...),
		Transport:    transport,
		Balancer:     &kafka.Hash{},    // by key; the zero value deals round
		RequiredAcks: kafka.RequireAll, // the zero value waits for nobody
		// A batch is filled under one lock by one call, and sent when this is over: the messages of a call go together and
		// nothing waits. The zero value waits a second; BatchSize 1 would sync the broker's disk once per message.
		BatchTimeout:           time.Microsecond,
		BatchSize:              chunkMessages,
		BatchBytes:             maxLetter, // publish keeps to less
		MaxAttempts:            5,
		WriteBackoffMin:        50 * time.Millisecond,
		WriteTimeout:           5 * time.Second,
		ReadTimeout:            5 * time.Second,
		AllowAutoTopicCreation: false,
		Async:                  false,
		ErrorLogger:            kafka.LoggerFunc(complain),
	}
}

// Publish writes events and returns when the broker has them all, on disk. After an error some may have been written:
// publish them all again, in the same order, and the consumers will know those they have seen. Order is kept within a key,
// also over calls, as long as no call begins before the last has returned.
func (w *Writer) Publish(ctx context.Context, messages []Message) error {
	for len(messages) > 0 {
		n := chunk(messages)
		if err := w.publish(ctx, messages[:n]); err != nil {
			return fmt.Errorf("publish %d events: %w", n, err)
		}
		messages = messages[n:]
	}
	return nil
}

// chunk is how many of the messages fit in one batch.
func chunk(messages []Message) int {
	size := 0
	for i, m := range messages {
		size += len(m.Data) + len(m.Key) + 512
		if i > 0 && (i >= chunkMessages || size > chunkBytes) {
			return i
		}
	}
	return len(messages)
}

func (w *Writer) publish(ctx context.Context, messages []Message) (err error) {
	start := time.Now()
	records := make([]kafka.Message, len(messages))
	spans := make([]trace.Span, len(messages))
	defer func() { w.published(messages, spans, time.Since(start), err) }()
	for i, m := range messages {
		spans[i] = startSend(ctx, w.cfg.Tracer, &m)
		if records[i], err = encode(m, Topic(w.cfg.Company, m.Topic)); err != nil {
			return Permanent(err)
		}
		if size := sizeOf(records[i]); size > maxEvent {
			return Permanent(fmt.Errorf("event %s of type %s takes %d bytes, and %d are allowed", m.ID, m.Type, size, maxEvent))
		}
	}
	release, err := w.turns.take(ctx, topicsOf(messages))
	if err != nil {
		return err
	}
	defer release()
	return w.write(ctx, records...)
}

func (w *Writer) published(messages []Message, spans []trace.Span, took time.Duration, err error) {
	outcome := "ok"
	if err != nil {
		outcome = string(classify(err))
	}
	for i, m := range messages {
		w.metrics.sent.WithLabelValues(m.Topic, outcome).Observe(took.Seconds())
		endSpan(spans[i], err)
	}
}

// write puts records in their topics. The client caches which topics exist, for seconds: when one is unknown, it is made
// to ask again.
func (w *Writer) write(ctx context.Context, records ...kafka.Message) error {
	var err error
	for _, pause := range []time.Duration{50 * time.Millisecond, 200 * time.Millisecond, time.Second, 0} {
		err = firstError(w.kafka.WriteMessages(ctx, records...))
		if !errors.Is(err, kafka.UnknownTopicOrPartition) || pause == 0 {
			break
		}
		w.transport.CloseIdleConnections()
		select {
		case <-ctx.Done():
			return errors.Join(err, ctx.Err())
		case <-time.After(pause):
		}
	}
	return err
}

// bury writes a dead letter, alone: the broker refuses what is too large by the batch. A letter that is larger than its topic
// takes goes there without its content.
func (w *Writer) bury(ctx context.Context, letter kafka.Message) error {
	release, err := w.turns.take(ctx, []string{letter.Topic})
	if err != nil {
		return err
	}
	defer release()
	err = w.write(ctx, letter)
	var tooLarge kafka.MessageTooLargeError
	if errors.Is(err, kafka.MessageSizeTooLarge) || errors.As(err, &tooLarge) {
		return w.write(ctx, cut(letter))
	}
	return err
}

// sizeOf is what a record takes, but for some framing.
func sizeOf(record kafka.Message) int {
	size := len(record.Key) + len(record.Value)
	for _, h := range record.Headers {
		size += len(h.Key) + len(h.Value)
	}
	return size
}

// firstError looks into the client's list of one error per message.
func firstError(err error) error {
	var each kafka.WriteErrors
	if !errors.As(err, &each) {
		return err
	}
	for _, err := range each {
		if err != nil {
			return err
		}
	}
	return nil
}

// Close waits for what is being published and lets the connections go.
func (w *Writer) Close() error {
	w.closing.Store(true)
	if err := w.kafka.Close(); err != nil {
		w.cfg.Log.Warn("close bus writer", slog.Any("error", err))
		return fmt.Errorf("close bus writer: %w", err)
	}
	w.transport.CloseIdleConnections()
	return nil
}

// turns lets one call at a time publish to a topic.
type turns struct {
	mu     sync.Mutex
	topics map[string]chan struct{}
}

func (t *turns) take(ctx context.Context, topics []string) (release func(), err error) {
	var held []chan struct{}
	release = func() {
		for _, turn := range held {
			<-turn
		}
	}
	for _, topic := range topics { // in one order for all, lest two wait for each other
		turn := t.of(topic)
		select {
		case turn <- struct{}{}:
			held = append(held, turn)
		case <-ctx.Done():
			release()
			return nil, ctx.Err()
		}
	}
	return release, nil
}

func (t *turns) of(topic string) chan struct{} {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.topics == nil {
		t.topics = map[string]chan struct{}{}
	}
	if t.topics[topic] == nil {
		t.topics[topic] = make(chan struct{}, 1)
	}
	return t.topics[topic]
}

func topicsOf(messages []Message) []string {
	var topics []string
	for _, m := range messages {
		topics = append(topics, m.Topic)
	}
	slices.Sort(topics)
	return slices.Compact(topics)
}
