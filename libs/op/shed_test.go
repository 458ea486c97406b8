package op_test

import (
	"context"
	"errors"
	"testing"

	"github.com/linlihub/linli/libs/fault"
	"github.com/linlihub/linli/libs/op"
	ticketsv1 "github.com/linlihub/linli/proto/gen/linli/tickets/v1"
)

// TestOverloadRefusesReadsThenChangesAndNoEmergency: of four places reads get three, changes the fourth, and whoever calls for
// an emergency comes in besides, though the rpc is the same.
func TestOverloadRefusesReadsThenChangesAndNoEmergency(t *testing.T) {
	p := newPlatform(t)
	p.cfg.InFlight = 4
	p.cfg.Pressing = func(request any) bool { return request.(*ticketsv1.OpenRequest).GetEmergency() }
	p.serveHere()
	inside, leave := make(chan struct{}), make(chan struct{})
	stay := func() (*ticketsv1.Ticket, error) {
		inside <- struct{}{}
		<-leave
		return &ticketsv1.Ticket{}, nil
	}
	p.desk.get = func(context.Context, *ticketsv1.GetRequest) (*ticketsv1.Ticket, error) { return stay() }
	p.desk.open = func(context.Context, *ticketsv1.OpenRequest) (*ticketsv1.Ticket, error) { return stay() }
	ctx := p.as(t, resident)
	get := func() error { _, err := p.tickets().Get(ctx, &ticketsv1.GetRequest{Id: "t"}); return err }
	open := func() error { _, err := p.tickets().Open(ctx, &ticketsv1.OpenRequest{HomeId: "h"}); return err }
	help := func() error {
		_, err := p.tickets().Open(ctx, &ticketsv1.OpenRequest{HomeId: "h", Emergency: true})
		return err
	}
	ended := make(chan error, 6)
	enter := func(call func() error) {
		go func() { ended <- call() }()
		<-inside
	}
	for range 3 {
		enter(get)
	}
	if err := get(); !errors.Is(err, op.ErrOverloaded) || fault.ReportOf(err).RetryAfter == 0 {
		t.Errorf("a fourth read: %v", err)
	}
	enter(open)
	if err := open(); !errors.Is(err, op.ErrOverloaded) {
		t.Errorf("a fifth call, a change: %v", err)
	}
	enter(help)
	enter(help)
	close(leave)
	for range cap(ended) {
		if err := <-ended; err != nil {
			t.Errorf("what was let in: %v", err)
		}
	}
	go func() { <-inside }()
	if err := get(); err != nil {
		t.Errorf("after the rush: %v", err)
	}
}
