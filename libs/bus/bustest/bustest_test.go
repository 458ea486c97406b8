package bustest_test

import (
	"context"
	"testing"
	"time"

	"github.com/linlihub/linli/libs/bus"
	"github.com/linlihub/linli/libs/bus/bustest"
	ticketsv1 "github.com/linlihub/linli/proto/gen/linli/tickets/v1"
)

func TestRecorder(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	b := bustest.Start(t, nil)
	b.Publish(t, bustest.Message(t, "d1", &ticketsv1.TicketOpened{Head: &ticketsv1.Head{TicketId: "1"}}))
	r := b.Record(t)
	b.Publish(t, bustest.Message(t, "d1", &ticketsv1.TicketAssigned{StaffName: "王"}))
	b.Publish(t, bustest.Message(t, "d1", &ticketsv1.TicketOpened{Head: &ticketsv1.Head{TicketId: "2"}}))

	if _, e := bustest.NextEvent[*ticketsv1.TicketAssigned](ctx, r); e.GetStaffName() != "王" {
		t.Errorf("got %v", e)
	}
	for _, id := range []string{"1", "2"} {
		m, e := bustest.NextEvent[*ticketsv1.TicketOpened](ctx, r)
		if e.GetHead().GetTicketId() != id || m.Topic != "tickets.ticket.v1" || m.Key != "d1" {
			t.Errorf("got %v in %+v, want ticket %s", e, m, id)
		}
	}
	if got := len(r.All()); got != 3 {
		t.Errorf("%d messages, want 3", got)
	}
}

func TestConsume(t *testing.T) {
	got := make(chan string, 1)
	r := bus.NewRouter()
	bus.Handle(r, func(_ context.Context, m bus.Message, e *ticketsv1.TicketOpened) error {
		got <- e.GetHead().GetTicketId()
		return nil
	})
	b := bustest.Start(t, map[string]*bus.Router{"dispatch": r})
	b.Consume(t, "dispatch", r)
	b.Publish(t, bustest.Message(t, "d1", &ticketsv1.TicketOpened{Head: &ticketsv1.Head{TicketId: "1", DistrictId: "d1"}}))
	if id := <-got; id != "1" {
		t.Errorf("got ticket %s", id)
	}
}
