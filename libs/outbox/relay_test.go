package outbox_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/linlihub/linli/libs/bus"
	"github.com/linlihub/linli/libs/outbox"
	"github.com/linlihub/linli/libs/store"
	"github.com/linlihub/linli/libs/store/storetest"
)

var errGone = errors.New("the broker is gone")

// TestRelayKeepsTheOrderOfEachKey has writers in parallel, and a broker that goes away in the middle of batches and loses
// answers. Of every key the first arrivals are in order, and no event is missing.
func TestRelayKeepsTheOrderOfEachKey(t *testing.T) {
	const keys, events = 8, 40
	each(t, func(t *testing.T, db *store.DB) {
		chance := rand.New(rand.NewPCG(1, 2)) // used under the broker's lock, or by the one relay that publishes
		b := newBroker()
		b.before = func(int) error { return map[bool]error{true: errGone}[chance.IntN(60) == 0] }
		b.after = func() error { return map[bool]error{true: errGone}[chance.IntN(8) == 0] }
		start(t, open(t, db, outbox.Config{Publisher: b, Batch: 16}))
		var writers sync.WaitGroup
		for k := range keys {
			writers.Go(func() {
				for n := range events {
					add(t, db, event(fmt.Sprintf("key-%d", k), n))
				}
			})
		}
		writers.Wait()
		log := b.wait(t, subjects(keys*events))
		inOrder(t, log)
		t.Logf("%d events in %d messages", keys*events, len(log))
	})
}

// inOrder checks the first arrivals: subjects are key/number.
func inOrder(t testing.TB, log []bus.Message) {
	t.Helper()
	seen, next := map[string]bool{}, map[string]int{}
	for _, m := range log {
		if seen[m.Subject] {
			continue
		}
		seen[m.Subject] = true
		if want := fmt.Sprintf("%s/%d", m.Key, next[m.Key]); m.Subject != want {
			t.Fatalf("%s came before %s", m.Subject, want)
		}
		next[m.Key]++
	}
}

// TestCrashBetweenPublishAndMark takes the database away when the broker has the events and the outbox does not know it yet.
// The next process publishes them again, and the consumer's inbox makes their effect happen once.
func TestCrashBetweenPublishAndMark(t *testing.T) {
	const events = 20
	storetest.Configs(t, func(t *testing.T, config store.Config) {
		db, err := store.Open(t.Context(), config, nil)
		if err != nil {
			t.Fatal(err)
		}
		migrate(t, db)
		for n := range events {
			add(t, db, event("a", n))
		}
		b := newBroker()
		crashed := make(chan struct{})
		b.after = sync.OnceValue(func() error {
			defer close(crashed)
			return db.Close()
		})
		const lease = 300 * time.Millisecond // for which a dead replica's events wait
		stop := start(t, open(t, db, outbox.Config{Publisher: b, Lease: lease}))
		<-crashed
		stop()

		db = storetest.Open(t, config)
		box := open(t, db, outbox.Config{Publisher: b, Lease: lease})
		if n, err := box.Waiting(t.Context()); n != events || err != nil {
			t.Fatalf("%d events wait, %v", n, err)
		}
		start(t, box)
		log := b.wait(t, messages(2*events))
		inOrder(t, log)
		for _, m := range log {
			consume(t, db, m)
		}
		if n := count(t, db, `SELECT n FROM counter`); n != events {
			t.Errorf("%d effects of %d events", n, events)
		}
	})
}

// TestWhatIsNotMarkedIsNotSentAgain adds events faster than the relay marks them: each is published once, and when the relay has
// stopped nothing waits.
func TestWhatIsNotMarkedIsNotSentAgain(t *testing.T) {
	const events = 60
	each(t, func(t *testing.T, db *store.DB) {
		b := newBroker()
		box := open(t, db, outbox.Config{Publisher: b, Batch: 16})
		stop := start(t, box)
		for n := range events {
			add(t, db, event("a", n))
			b.wait(t, messages(n+1))
		}
		stop()
		if log := b.wait(t, messages(events)); len(log) != events {
			t.Errorf("%d events in %d messages", events, len(log))
		}
		if n, err := box.Waiting(t.Context()); n != 0 || err != nil {
			t.Errorf("%d events wait, %v", n, err)
		}
	})
}

// consume counts a message, once.
func consume(t testing.TB, db *store.DB, m bus.Message) {
	t.Helper()
	err := db.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
		fresh, err := outbox.Once(ctx, tx, "counter", m.ID)
		if err != nil || !fresh {
			return err
		}
		_, err = tx.Exec(ctx, `UPDATE counter SET n = n + 1`)
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// TestRelaySleepsUntilACommit would take hours if the relay looked by the clock.
func TestRelaySleepsUntilACommit(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		b := newBroker()
		start(t, open(t, db, outbox.Config{Publisher: b, Look: time.Hour}))
		for n := range 20 {
			add(t, db, event("a", 2*n), event("a", 2*n+1))
			b.wait(t, messages(2*n+2))
		}
	})
}

// TestRelayLooksByItself finds what another replica committed, which wakes nobody here.
func TestRelayLooksByItself(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		b := newBroker()
		start(t, open(t, db, outbox.Config{Publisher: b, Look: 10 * time.Millisecond}))
		add(t, db, event("a", 0))
		b.wait(t, messages(1))
		_, err := db.Lazily(t.Context(), `
			INSERT INTO outbox_event (event_id, topic, type, subject, key, slot, at, traceparent, tracestate, data)
			SELECT 'another', topic, type, 'a/1', key, slot, at, '', '', data FROM outbox_event`)
		if err != nil {
			t.Fatal(err)
		}
		if log := b.wait(t, messages(2)); log[1].ID != "another" {
			t.Errorf("%+v", log[1])
		}
	})
}

// TestStopPublishesWhatIsCommitted: nothing that was committed before the stop waits for the next start.
func TestStopPublishesWhatIsCommitted(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		b := newBroker()
		box := open(t, db, outbox.Config{Publisher: b, Batch: 2})
		stop := start(t, box)
		var all []outbox.Event
		for n := range 9 {
			all = append(all, event("a", n))
		}
		add(t, db, event("b", 0))
		b.wait(t, messages(1)) // the relay runs
		add(t, db, all...)
		stop()
		if n, err := box.Waiting(t.Context()); n != 0 || err != nil {
			t.Errorf("%d events wait, %v", n, err)
		}
	})
}

// TestReplicasShareTheShards runs two replicas with four shards. Every event is published once, in order.
func TestReplicasShareTheShards(t *testing.T) {
	const keys, events = 16, 10
	storetest.Configs(t, func(t *testing.T, config store.Config) {
		first := storetest.Open(t, config)
		migrate(t, first)
		second := first
		if config.Schema != "" { // a SQLite file has one process
			second = storetest.Open(t, config)
		}
		var logs [2]*broker
		for i, db := range []*store.DB{first, second} {
			logs[i] = newBroker()
			start(t, open(t, db, outbox.Config{Publisher: serial{logs[i]}, Shards: 4, Look: 20 * time.Millisecond}))
		}
		for n := range events {
			for k := range keys {
				add(t, []*store.DB{first, second}[k%2], event(fmt.Sprintf("key-%d", k), n))
			}
		}
		look := time.NewTicker(5 * time.Millisecond)
		defer look.Stop()
		for count(t, first, `SELECT count(*) FROM outbox_event WHERE published_at IS NULL`) > 0 {
			<-look.C
		}
		log := append(logs[0].wait(t, messages(0)), logs[1].wait(t, messages(0))...)
		inOrder(t, log)
		if len(log) != keys*events {
			t.Errorf("%d messages for %d events", len(log), keys*events)
		}
	})
}

// serial lets the relays of one replica take turns at its broker, which else insists on one.
type serial struct{ *broker }

var turn sync.Mutex

func (s serial) Publish(ctx context.Context, messages []bus.Message) error {
	turn.Lock()
	defer turn.Unlock()
	return s.broker.Publish(ctx, messages)
}

// TestLargeEventsGoInSmallerBatches: a batch is bounded by its bytes too, and nothing is left behind.
func TestLargeEventsGoInSmallerBatches(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		const events = 12
		for n := range events {
			e := event(strings.Repeat("x", 800<<10), n)
			e.Key, e.Subject = "a", fmt.Sprintf("a/%d", n)
			add(t, db, e)
		}
		b := newBroker()
		largest := 0
		start(t, open(t, db, outbox.Config{Look: time.Hour, Publisher: publisher(func(ctx context.Context, messages []bus.Message) error {
			largest = max(largest, len(messages))
			return b.Publish(ctx, messages)
		})}))
		inOrder(t, b.wait(t, messages(events)))
		if largest >= events {
			t.Errorf("a batch of %d", largest)
		}
	})
}

type publisher func(context.Context, []bus.Message) error

func (p publisher) Publish(ctx context.Context, messages []bus.Message) error {
	return p(ctx, messages)
}

// TestRelaySurvivesTheLossOfItsLease takes the lease away: the relay comes back with another one.
func TestRelaySurvivesTheLossOfItsLease(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		b := newBroker()
		start(t, open(t, db, outbox.Config{Publisher: b, Lease: 100 * time.Millisecond}))
		add(t, db, event("a", 0))
		b.wait(t, messages(1))
		if _, err := db.Lazily(t.Context(), `UPDATE store_lease SET epoch = epoch + 1, expires_at = 0`); err != nil {
			t.Fatal(err)
		}
		look := time.NewTicker(5 * time.Millisecond)
		defer look.Stop()
		for count(t, db, `SELECT count(*) FROM store_lease WHERE expires_at > 0`) == 0 {
			<-look.C
		}
		add(t, db, event("a", 1))
		inOrder(t, b.wait(t, subjects(2)))
	})
}
