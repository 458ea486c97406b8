package replay

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/linlihub/linli/libs/client"
	"github.com/linlihub/linli/libs/clock"
	"github.com/linlihub/linli/libs/fault"
	residentsv1 "github.com/linlihub/linli/proto/gen/linli/residents/v1"
	ticketsv1 "github.com/linlihub/linli/proto/gen/linli/tickets/v1"
	"github.com/linlihub/linli/services/allinone/demo"
)

// lead is how long before its time, on the wall, the caller of a row signs in: signing in is not what is measured.
const lead = 3 * time.Second

// doors is how many homes of a building are tried when one has its limit of tickets.
const doors = 6

// people keeps one client per resident, who stays signed in.
type people struct {
	server *client.Client
	codes  client.Codes // nil when nobody can read codes

	mu    sync.Mutex
	known map[string]*client.Client
}

// as answers the client of a resident who is signed in; false when that cannot be.
func (p *people) as(ctx context.Context, person *residentsv1.Person) (*client.Client, bool) {
	if p.codes == nil || person.GetPhone() == "" {
		return nil, false
	}
	p.mu.Lock()
	c := p.known[person.GetId()]
	if c == nil {
		c = p.server.As(client.OneTimeCode(person.GetPhone(), p.codes))
		p.known[person.GetId()] = c
	}
	p.mu.Unlock()
	return c, demo.SignIn(ctx, c) == nil
}

// call opens the ticket of a slot at its time.
func (r *run) call(ctx context.Context, slot Slot) {
	err := r.open(ctx, slot)
	if err == nil || ctx.Err() != nil {
		return
	}
	r.log.WarnContext(ctx, "a row was refused", slog.Int("row", slot.Row.Number), slog.Any("err", err))
	r.tally.refuse(Refusal{Row: slot.Row.Number, Code: fault.CodeOf(err), Reason: err.Error()})
}

func (r *run) open(ctx context.Context, slot Slot) error {
	for try := range doors {
		at := r.town.find(slot.Row, try)
		caller, request := r.caller(ctx, slot, at)
		if err := clock.Wait(ctx, r.clock, slot.At); err != nil {
			return err
		}
		posted := r.wall.Now()
		ticket, err := ticketsv1.NewTicketsClient(caller).Open(ctx, request, client.Key(r.key(slot.Row, try)))
		if err == nil {
			r.tally.opened(slot, at, posted, ticket)
			r.news(ctx, ticket.GetId(), ticket.GetState(), ticket.GetVersion())
			return nil
		}
		if !limited(err) {
			return fmt.Errorf("open ticket: %w", err)
		}
	}
	return errTooManyLimits
}

var errTooManyLimits = errors.New("every home that was tried has its limit of tickets")

// limited says that this caller may not open such a ticket, but another one may.
func limited(err error) bool { return strings.HasPrefix(fault.CodeOf(err), "tickets.limit_") }

// caller is who opens the ticket: the resident in the app, or the steward whom the resident phones. The file says which;
// a resident who cannot sign in phones.
func (r *run) caller(ctx context.Context, slot Slot, at door) (*client.Client, *ticketsv1.OpenRequest) {
	category, emergency := r.mapping.Find(slot.Row)
	request := &ticketsv1.OpenRequest{
		HomeId: at.home.GetId(), Category: category, Emergency: emergency,
		Words: words(slot.Row, category, r.mark(slot.Row)), Source: "app",
	}
	phones := strings.EqualFold(slot.Row.Channel, "PHONE")
	if resident, ok := r.people.as(ctx, at.person); ok && !phones {
		return resident, request
	}
	request.Source, request.OnBehalfOf = "phone", at.person.GetId()
	stewards := r.stewards[at.district]
	return pick(stewards, hash("steward", slot.Row.Key)), request
}

// judge lets the resident of a finished ticket rate it, return it or say nothing.
func (r *run) judge(ctx context.Context, c *caseOf) {
	draw := newChance(r.Seed, fmt.Sprintf("%s/%d", c.slot.Row.Key, c.returned))
	if err := clock.Wait(ctx, r.clock, r.clock.Now().Add(draw.around(r.Habits.Judge, .8))); err != nil {
		return
	}
	resident, ok := r.people.as(ctx, c.caller.person)
	if !ok {
		r.tally.decide(c, 0, false, nil)
		return
	}
	if err := r.verdict(ctx, ticketsv1.NewTicketsClient(resident), draw, c); err != nil && ctx.Err() == nil {
		r.log.WarnContext(ctx, "a resident could not say how it was", slog.String("ticket", c.id), slog.Any("err", err))
		r.tally.decide(c, 0, false, nil)
	}
}

func (r *run) verdict(ctx context.Context, tickets ticketsv1.TicketsClient, draw chance, c *caseOf) error {
	returns, silent := draw.of(r.Habits.Return) && c.returned < 2, draw.of(r.Habits.Silent)
	switch {
	case returns:
		after, err := tickets.Reopen(ctx, &ticketsv1.ReopenRequest{Id: c.id, Words: "还没修好，同样的问题又出现了"})
		if err == nil {
			r.tally.decide(c, 0, true, after)
		}
		return err
	case silent:
		r.tally.decide(c, 0, false, nil)
		return nil
	}
	ticket, err := tickets.Get(ctx, &ticketsv1.GetRequest{Id: c.id})
	if err != nil {
		return err
	}
	stars := draw.stars(!ticket.GetClocks().GetArrival().GetMet())
	after, err := tickets.Rate(ctx, &ticketsv1.RateRequest{Id: c.id, Stars: stars, Words: praise[draw.IntN(len(praise))]})
	if err == nil {
		r.tally.decide(c, stars, false, after)
	}
	return err
}
