package bus

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/linlihub/linli/libs/fault"
	hrv1 "github.com/linlihub/linli/proto/gen/linli/hr/v1"
	ticketsv1 "github.com/linlihub/linli/proto/gen/linli/tickets/v1"
)

func payload(t *testing.T, m proto.Message) []byte {
	t.Helper()
	data, err := proto.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestCatalogue(t *testing.T) {
	if !slices.Contains(Catalogue(), Event{Type: "linli.tickets.v1.TicketOpened", Topic: "tickets.ticket.v1"}) {
		t.Error("TicketOpened is not in the catalogue")
	}
	topics := CatalogueTopics()
	if !slices.Contains(topics, "tickets.ticket.v1") || !slices.IsSorted(topics) || len(slices.Compact(slices.Clone(topics))) != len(topics) {
		t.Errorf("topics %v", topics)
	}
	if _, ok := TopicOf(&emptypb.Empty{}); ok {
		t.Error("Empty is taken for an event")
	}
}

func TestRouter(t *testing.T) {
	var got *ticketsv1.TicketOpened
	r := NewRouter()
	Handle(r, func(_ context.Context, _ Message, e *ticketsv1.TicketOpened) error {
		got = e
		return nil
	})
	Handle(r, func(context.Context, Message, *ticketsv1.TicketAssigned) error { return nil })
	Handle(r, func(context.Context, Message, *hrv1.StaffChanged) error { return nil })
	if topics := r.Topics(); !slices.Contains(topics, "tickets.ticket.v1") || len(topics) != 2 {
		t.Errorf("topics %v", topics)
	}
	m := Message{
		Type: "linli.tickets.v1.TicketOpened", Topic: "tickets.ticket.v1", Data: payload(t, &ticketsv1.TicketOpened{Skill: "plumbing"}),
	}
	run, err := r.find(m)
	if err != nil {
		t.Fatal(err)
	}
	if err := run(t.Context(), m); err != nil || got.GetSkill() != "plumbing" {
		t.Errorf("got %v, %v", got, err)
	}
	m.Data = m.Data[:len(m.Data)-1]
	if err := run(t.Context(), m); !errors.Is(err, ErrUndecodable) {
		t.Errorf("cut off: %v", err)
	}
}

func TestRouterPassesOver(t *testing.T) {
	r := NewRouter()
	Handle(r, func(context.Context, Message, *ticketsv1.TicketOpened) error { return nil })
	for _, tt := range []struct {
		kind, topic string
		err         error
	}{
		{"linli.tickets.v1.TicketAssigned", "tickets.ticket.v1", nil},
		{"linli.tickets.v1.TicketVanished", "tickets.ticket.v1", ErrUndecodable},
		{"linli.tickets.v1.Head", "tickets.ticket.v1", ErrUndecodable},
		{"../../etc/passwd", "tickets.ticket.v1", ErrUndecodable},
		{"linli.tickets.v1.TicketOpened", "hr.staff.v1", ErrUndecodable},
	} {
		run, err := r.find(Message{Type: tt.kind, Topic: tt.topic})
		if run != nil || !errors.Is(err, tt.err) {
			t.Errorf("%s in %s: handler %v, error %v; want none and %v", tt.kind, tt.topic, run != nil, err, tt.err)
		}
	}
}

func TestHandlePanicsOnMiswiring(t *testing.T) {
	for name, wire := range map[string]func(*Router){
		"no event": func(r *Router) {
			Handle(r, func(context.Context, Message, *emptypb.Empty) error { return nil })
		},
		"two handlers": func(r *Router) {
			Handle(r, func(context.Context, Message, *ticketsv1.TicketOpened) error { return nil })
			Handle(r, func(context.Context, Message, *ticketsv1.TicketOpened) error { return nil })
		},
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			wire(NewRouter())
		}()
	}
}

func TestClassify(t *testing.T) {
	closed := fault.Define(fault.Conflict, "bustest.closed", "已关闭", "closed")
	for _, tt := range []struct {
		err  error
		want class
	}{
		{errors.New("database is locked"), transient},
		{context.DeadlineExceeded, transient},
		{fault.Unavailable, transient},
		{fault.Stale, transient},
		{fault.Unauthenticated, transient},
		{fault.Internal, transient},
		{closed.With("state", "closed"), permanent},
		{errors.Join(errors.New("react"), fault.Invalid), permanent},
		{fault.NotFound, permanent},
		{Permanent(errors.New("no")), permanent},
		{errors.Join(ErrUndecodable), undecodable},
		{&panicError{value: "boom"}, panicked},
		{errors.Join(errOverdue, fault.Invalid), overdue},
		{errHung, hung},
	} {
		if got := classify(tt.err); got != tt.want {
			t.Errorf("%v is %s, want %s", tt.err, got, tt.want)
		}
	}
	if Permanent(nil) != nil {
		t.Error("nothing is no error")
	}
}

func TestNames(t *testing.T) {
	for got, want := range map[string]string{
		Topic("demo", "tickets.ticket.v1"):                       "demo.tickets.ticket.v1",
		Group("demo", "dispatch"):                                "demo.dispatch",
		DeadLetterTopic("demo", "dispatch", "tickets.ticket.v1"): "demo.dispatch.tickets.ticket.v1.dlq",
		bare("demo", "demo.tickets.ticket.v1"):                   "tickets.ticket.v1",
	} {
		if got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestChunk(t *testing.T) {
	small := Message{Data: []byte{1}}
	big := Message{Data: make([]byte, 500<<10)}
	many := make([]Message, 250)
	for i := range many {
		many[i] = small
	}
	for _, tt := range []struct {
		messages []Message
		want     int
	}{
		{[]Message{small}, 1}, {many, 100}, {many[:100], 100}, {[]Message{big, big, small}, 1}, {[]Message{small, big, small, big}, 3},
	} {
		if got := chunk(tt.messages); got != tt.want {
			t.Errorf("%d messages: the first %d go together, want %d", len(tt.messages), got, tt.want)
		}
	}
}

// The settings of HOUSE, so that nobody loses one by accident.
func TestClientSettings(t *testing.T) {
	cfg := Config{Brokers: []string{"127.0.0.1:1"}, Company: "demo"}
	w, err := NewWriter(cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	if k := w.kafka; k.RequiredAcks != -1 || k.Async || k.AllowAutoTopicCreation || k.MaxAttempts != 5 || k.BatchTimeout == 0 || k.Balancer == nil {
		t.Errorf("writer: %+v", k)
	}
	var phone lines
	r := newReader(cfg, &phone, "t", 0, func(string, ...any) {})
	defer r.Close()
	if c := r.Config(); c.MinBytes != 1 || c.MaxBytes == 0 || c.MaxWait != 2*time.Second || !c.OffsetOutOfRangeError {
		t.Errorf("reader: %+v", c)
	}
	for _, bad := range []Config{{}, {Brokers: cfg.Brokers}, {Brokers: cfg.Brokers, Company: "a.b"}} {
		if _, err := NewWriter(bad); err == nil {
			t.Errorf("took %+v", bad)
		}
	}
}
