package dlq

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/linlihub/linli/libs/bus"
	"github.com/linlihub/linli/libs/bus/bustest"
	"github.com/linlihub/linli/libs/fault"
	ticketsv1 "github.com/linlihub/linli/proto/gen/linli/tickets/v1"
)

const traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

// mess is a bus on which a group has given up three events, and what the group has handled since it was mended.
type mess struct {
	broker
	events  []bus.Message
	mended  atomic.Bool
	handled chan bus.Message
}

func makeMess(t *testing.T) *mess {
	t.Helper()
	m := &mess{handled: make(chan bus.Message, 100)}
	r := bus.NewRouter()
	bus.Handle(r, func(_ context.Context, event bus.Message, _ *ticketsv1.TicketOpened) error {
		if !m.mended.Load() {
			return fault.NotFound
		}
		m.handled <- event
		return nil
	})
	b := bustest.Start(t, map[string]*bus.Router{"dispatch": r})
	b.Consume(t, "dispatch", r)
	m.broker = broker{Company: b.Config.Company, Brokers: b.Config.Brokers}
	for _, key := range []string{"east", "east", "west"} {
		e := bustest.Message(t, key, &ticketsv1.TicketOpened{Head: &ticketsv1.Head{TicketId: "t-" + key, DistrictId: key}})
		e.Traceparent = traceparent
		m.events = append(m.events, e)
	}
	b.Publish(t, m.events...)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		letters, err := m.letters(t.Context(), "", nil)
		if err != nil {
			t.Fatal(err)
		}
		if len(letters) == len(m.events) {
			return m
		}
		select {
		case <-tick.C:
		case <-t.Context().Done():
			t.Fatalf("%d letters", len(letters))
		}
	}
}

func (m *mess) list(t *testing.T, where ...string) []shown {
	t.Helper()
	var out strings.Builder
	c := List{chosen{broker: m.broker, Where: where, Output: "json"}}
	if err := c.run(t.Context(), &out); err != nil {
		t.Fatal(err)
	}
	var all []shown
	if err := json.Unmarshal([]byte(out.String()), &all); err != nil {
		t.Fatalf("%v in %s", err, out.String())
	}
	return all
}

func TestListAndShow(t *testing.T) {
	m := makeMess(t)
	for where, want := range map[string]int{
		"class=permanent": 3, "key=west": 1, "key!=west": 2, "type~TicketOpened": 3, "group=notify": 0, "redriven=true": 0, "id=" + m.events[1].ID: 1,
	} {
		if got := m.list(t, where); len(got) != want {
			t.Errorf("%s: %d letters, want %d", where, len(got), want)
		}
	}
	if got := m.list(t, "key=east", "id="+m.events[2].ID); len(got) != 0 {
		t.Errorf("all conditions must be met: %v", got)
	}
	for _, form := range []string{"table", "json"} {
		var out strings.Builder
		c := Show{broker: m.broker, Letter: m.list(t, "key=west")[0].Name, Output: form}
		if err := c.run(t.Context(), &out); err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{m.events[2].ID, "t-west", traceparent, "permanent"} {
			if !strings.Contains(out.String(), want) {
				t.Errorf("%s lacks %s:\n%s", form, want, out.String())
			}
		}
	}
	missing := Show{broker: m.broker, Letter: "dispatch/tickets.ticket.v1/99"}
	if err := missing.run(t.Context(), &strings.Builder{}); err == nil {
		t.Error("a letter that is not there is shown")
	}
}

func TestRedriveSendsWhatIsMeantAsItWas(t *testing.T) {
	m := makeMess(t)
	m.mended.Store(true)
	redrive := func(c Redrive) string {
		t.Helper()
		var out strings.Builder
		c.broker, c.Output, c.Rate = m.broker, "table", 1000
		if err := c.run(t.Context(), &out); err != nil {
			t.Fatal(err)
		}
		return out.String()
	}
	if said := redrive(Redrive{All: true, DryRun: true}); !strings.Contains(said, "3 would be sent again") {
		t.Error(said)
	}
	if said := redrive(Redrive{chosen: chosen{Where: []string{"key=west"}}}); !strings.Contains(said, "1 sent again") {
		t.Error(said)
	}
	got := <-m.handled
	if want := m.events[2]; got.ID != want.ID || got.Key != want.Key || !strings.HasPrefix(got.Traceparent, traceparent[:35]) || got.Subject != want.Subject {
		t.Errorf("sent %+v, want %+v", got, want)
	}
	if left := m.list(t, "redriven=false"); len(left) != 2 {
		t.Errorf("%d letters are left, want 2", len(left))
	}
	redrive(Redrive{All: true})
	for _, want := range m.events[:2] { // one key: in the order they came
		if got := <-m.handled; got.ID != want.ID {
			t.Errorf("sent %s, want %s", got.ID, want.ID)
		}
	}
	if said := redrive(Redrive{All: true}); !strings.Contains(said, "0 sent again") {
		t.Error(said)
	}
}

func TestWrongUsageIsTold(t *testing.T) {
	b := broker{Company: "demo", Brokers: []string{"127.0.0.1:1"}}
	for said, run := range map[string]func() error{
		"no letters": func() error { return (&Redrive{chosen: chosen{broker: b}, Rate: 1}).run(t.Context(), nil) },
		"no rate":    func() error { return (&Redrive{chosen: chosen{broker: b}, All: true}).run(t.Context(), nil) },
		"no field": func() error {
			return (&List{chosen{broker: b, Where: []string{"colour=red"}}}).run(t.Context(), nil)
		},
		"no comparison": func() error { return (&List{chosen{broker: b, Where: []string{"key"}}}).run(t.Context(), nil) },
		"no name":       func() error { return (&Show{broker: b, Letter: "x"}).run(t.Context(), nil) },
		"no broker": func() error {
			return (&List{chosen{broker: broker{Company: "demo", Data: t.TempDir()}}}).run(t.Context(), nil)
		},
	} {
		var wrong usage
		if err := run(); !errors.As(err, &wrong) {
			t.Errorf("%s: %v", said, err)
		}
	}
}
