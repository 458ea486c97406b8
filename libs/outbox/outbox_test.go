package outbox_test

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"sync"
	"testing"
	"time"

	"go.opentelemetry.io/otel/trace"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/linlihub/linli/libs/bus"
	"github.com/linlihub/linli/libs/outbox"
	"github.com/linlihub/linli/libs/store"
	"github.com/linlihub/linli/libs/store/storetest"
	hrv1 "github.com/linlihub/linli/proto/gen/linli/hr/v1"
)

//go:embed testdata/migrations/*.sql
var testdata embed.FS

// then is a time of the domain, far from now.
var then = time.Date(2025, 3, 24, 8, 0, 0, 123000, time.UTC)

// each runs a test on every engine, with the tables of the outbox and one of a service.
func each(t *testing.T, fn func(t *testing.T, db *store.DB)) {
	t.Helper()
	storetest.Configs(t, func(t *testing.T, config store.Config) {
		db := storetest.Open(t, config)
		migrate(t, db)
		fn(t, db)
	})
}

func migrate(t testing.TB, db *store.DB) {
	t.Helper()
	shelf, err := fs.Sub(testdata, "testdata")
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Migrate(t.Context(), shelf, "counter"); err != nil {
		t.Fatal(err)
	}
	open(t, db, outbox.Config{})
}

func open(t testing.TB, db *store.DB, cfg outbox.Config) *outbox.Outbox {
	t.Helper()
	cfg.Source = "hr"
	box, err := outbox.Open(t.Context(), db, cfg)
	if err != nil {
		t.Fatal(err)
	}
	return box
}

// start runs box until stop is called, at the end of the test at the latest.
func start(t testing.TB, box *outbox.Outbox) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	ready, done := make(chan struct{}), make(chan error, 1)
	go func() { done <- box.Run(ctx, func() { close(ready) }) }()
	<-ready
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(stop)
	return stop
}

func event(key string, number int) outbox.Event {
	return outbox.Event{Key: key, Subject: fmt.Sprintf("%s/%d", key, number), Time: then, Message: &hrv1.DutyStarted{StaffId: key}}
}

// add is a transaction with these events.
func add(t testing.TB, db *store.DB, events ...outbox.Event) {
	t.Helper()
	err := db.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
		for _, e := range events {
			if err := outbox.Add(ctx, tx, e); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func count(t testing.TB, db *store.DB, query string, args ...any) (n int) {
	t.Helper()
	err := db.Read(t.Context(), func(ctx context.Context, tx *store.Tx) error {
		return tx.QueryRow(ctx, query, args...).Scan(&n)
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// broker is a log in memory. fails, if given, decides before each message whether the broker is gone, and lost, after all of
// them, whether its answer gets lost.
type broker struct {
	mu     sync.Mutex
	log    []bus.Message
	grown  chan struct{}
	before func(n int) error
	after  func() error
	busy   bool
}

func newBroker() *broker { return &broker{grown: make(chan struct{})} }

func (b *broker) Publish(_ context.Context, messages []bus.Message) error {
	b.mu.Lock()
	if b.busy {
		panic("two relays publish at a time")
	}
	b.busy = true
	var err error
	for _, m := range messages {
		if b.before != nil {
			if err = b.before(len(b.log)); err != nil {
				break
			}
		}
		b.log = append(b.log, m)
	}
	close(b.grown)
	b.grown = make(chan struct{})
	b.mu.Unlock()
	if err == nil && b.after != nil {
		err = b.after()
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.busy = false
	return err
}

// wait returns the log once it is as enough says.
func (b *broker) wait(t testing.TB, enough func(log []bus.Message) bool) []bus.Message {
	t.Helper()
	patience := time.NewTimer(30 * time.Second)
	defer patience.Stop()
	for {
		b.mu.Lock()
		log, grown := b.log, b.grown
		b.mu.Unlock()
		if enough(log) {
			return log
		}
		select {
		case <-grown:
		case <-patience.C:
			t.Fatalf("only %d messages came", len(log))
		}
	}
}

func messages(n int) func([]bus.Message) bool {
	return func(log []bus.Message) bool { return len(log) >= n }
}

// subjects counts the different ones.
func subjects(n int) func([]bus.Message) bool {
	return func(log []bus.Message) bool {
		seen := map[string]bool{}
		for _, m := range log {
			seen[m.Subject] = true
		}
		return len(seen) == n
	}
}

func TestRowAndEventOrNeither(t *testing.T) {
	broken := errors.New("broken")
	each(t, func(t *testing.T, db *store.DB) {
		change := func(end error) error {
			return db.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
				if _, err := tx.Exec(ctx, `UPDATE counter SET n = n + 1`); err != nil {
					return err
				}
				if err := outbox.Add(ctx, tx, event("a", 1)); err != nil {
					return err
				}
				return end
			})
		}
		for _, want := range []error{broken, nil} {
			if err := change(want); !errors.Is(err, want) {
				t.Fatal(err)
			}
			rows, events := count(t, db, `SELECT n FROM counter`), count(t, db, `SELECT count(*) FROM outbox_event`)
			if expected := map[bool]int{true: 1, false: 0}[want == nil]; rows != expected || events != expected {
				t.Errorf("after %v: %d rows, %d events", want, rows, events)
			}
		}
	})
}

func TestEnvelope(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		b := newBroker()
		start(t, open(t, db, outbox.Config{Publisher: b}))
		state, err := trace.ParseTraceState("vendor=1")
		if err != nil {
			t.Fatal(err)
		}
		span := trace.NewSpanContext(trace.SpanContextConfig{
			TraceID: trace.TraceID{1}, SpanID: trace.SpanID{2}, TraceFlags: trace.FlagsSampled, TraceState: state,
		})
		sent := &hrv1.DutyStarted{StaffId: "张三", DistrictIds: []string{"d1"}}
		err = db.Write(trace.ContextWithSpanContext(t.Context(), span), func(ctx context.Context, tx *store.Tx) error {
			return outbox.Add(ctx, tx, outbox.Event{Key: "张三", Subject: "s1", Message: sent, Time: then})
		})
		if err != nil {
			t.Fatal(err)
		}
		got := b.wait(t, messages(1))[0]
		var decoded hrv1.DutyStarted
		if err := proto.Unmarshal(got.Data, &decoded); err != nil || !proto.Equal(&decoded, sent) {
			t.Errorf("%v, %v", &decoded, err)
		}
		if got.ID == "" || !got.Time.Equal(then) {
			t.Errorf("id %q, time %v", got.ID, got.Time)
		}
		got.ID, got.Time, got.Data = "", time.Time{}, nil
		want := bus.Message{
			Type: "linli.hr.v1.DutyStarted", Source: "hr", Subject: "s1", Topic: "hr.staff.v1", Key: "张三",
			Traceparent: "00-01000000000000000000000000000000-0200000000000000-01", Tracestate: "vendor=1",
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf(" got %+v\nwant %+v", got, want)
		}
	})
}

// duties is an event of key a with a district of that name.
func duties(district string) *hrv1.DutyStarted {
	return &hrv1.DutyStarted{StaffId: "a", DistrictIds: []string{district}}
}

func TestAddRefusesWhatCannotBePublished(t *testing.T) {
	duty := func(change func(*outbox.Event)) outbox.Event {
		e := event("a", 1)
		change(&e)
		return e
	}
	each(t, func(t *testing.T, db *store.DB) {
		for name, e := range map[string]outbox.Event{
			"nothing":    duty(func(e *outbox.Event) { e.Message = nil }),
			"no event":   duty(func(e *outbox.Event) { e.Message = wrapperspb.String("x") }),
			"no key":     duty(func(e *outbox.Event) { e.Key = "" }),
			"no subject": duty(func(e *outbox.Event) { e.Subject = "" }),
			"no time":    duty(func(e *outbox.Event) { e.Time = time.Time{} }),
			"other key":  duty(func(e *outbox.Event) { e.Key = "b" }),
			"too much":   duty(func(e *outbox.Event) { e.Message = duties(strings.Repeat("x", outbox.MaxData)) }),
			"not UTF-8":  duty(func(e *outbox.Event) { e.Message = duties("\xff") }),
			"a NUL":      duty(func(e *outbox.Event) { e.Subject = "\x00" }),
		} {
			err := db.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error { return outbox.Add(ctx, tx, e) })
			if err == nil {
				t.Errorf("%s was accepted", name)
			}
		}
		if n := count(t, db, `SELECT count(*) FROM outbox_event`); n != 0 {
			t.Errorf("%d rows", n)
		}
	})
}

func TestOpenAndRunRefuse(t *testing.T) {
	db := storetest.Open(t, storetest.SQLite(t))
	if _, err := outbox.Open(t.Context(), db, outbox.Config{}); err == nil {
		t.Error("opened without a source")
	}
	if err := open(t, db, outbox.Config{}).Run(t.Context(), func() {}); err == nil {
		t.Error("ran without a publisher")
	}
}
