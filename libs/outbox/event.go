package outbox

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"time"

	"go.opentelemetry.io/otel/propagation"
	"google.golang.org/protobuf/proto"

	"github.com/linlihub/linli/libs/bus"
	"github.com/linlihub/linli/libs/id"
	"github.com/linlihub/linli/libs/store"
)

// Event is something to tell others.
type Event struct {
	// Key orders: see the package.
	Key string
	// Subject is the id of the thing it happened to.
	Subject string
	// Message is what happened; its proto names the topic (option linli.op.v1.event).
	Message proto.Message
	// Time is when it happened, in domain time.
	Time time.Time
}

// MaxData bounds the payload of an event: a broker refuses records of 1 MiB, and a row that can never be published would hold
// up all that come after it.
const MaxData = 900 << 10

// slots is how many kinds of keys there are to share among relays. It is part of the rows: never change it.
const slots = 64

// wake is the name of the signal that tells the relays about a commit, in this process or in another replica.
const wake = "outbox"

// Add writes an event in the transaction of its change, and wakes the relay after the commit. The trace of ctx is kept with it,
// as of now and not of when it is sent.
func Add(ctx context.Context, tx *store.Tx, e Event) error {
	topic, data, err := e.encode()
	if err != nil {
		return err
	}
	name := string(proto.MessageName(e.Message))
	trace := propagation.MapCarrier{}
	propagation.TraceContext{}.Inject(ctx, trace)
	_, err = tx.Exec(ctx, `
		INSERT INTO outbox_event (event_id, topic, type, subject, key, slot, at, traceparent, tracestate, data)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		id.New(), topic, name, e.Subject, e.Key, slotOf(e.Key), store.Micros(e.Time), trace["traceparent"], trace["tracestate"], data)
	if err != nil {
		return fmt.Errorf("add %s: %w", name, err)
	}
	tx.OnCommit(tx.DB().Signal(wake).Set)
	return nil
}

// encode refuses everything that the relay could not publish later, when nobody is there any more to be told.
func (e Event) encode() (topic string, data []byte, err error) {
	if e.Message == nil {
		return "", nil, errors.New("add event: no message")
	}
	name := proto.MessageName(e.Message)
	topic, ok := bus.TopicOf(e.Message)
	if !ok {
		return "", nil, fmt.Errorf("add %s: its proto names no topic", name)
	}
	if e.Key == "" || e.Subject == "" || e.Time.IsZero() {
		return "", nil, fmt.Errorf("add %s: an event needs a key, a subject and a time", name)
	}
	if err := bus.CheckKey(e.Message, e.Key); err != nil {
		return "", nil, fmt.Errorf("add %s: %w", name, err)
	}
	data, err = proto.MarshalOptions{Deterministic: true}.Marshal(e.Message)
	if err != nil {
		return "", nil, fmt.Errorf("add %s: %w", name, err)
	}
	if len(data) == 0 || len(data) > MaxData {
		return "", nil, fmt.Errorf("add %s: a payload of %d bytes, where 1 to %d are allowed", name, len(data), MaxData)
	}
	return topic, data, nil
}

func slotOf(key string) int64 {
	h := fnv.New32a()
	h.Write([]byte(key))
	return int64(h.Sum32() % slots)
}
