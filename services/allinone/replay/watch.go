package replay

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/linlihub/linli/libs/client"
	"github.com/linlihub/linli/libs/clock"
	notifyv1 "github.com/linlihub/linli/proto/gen/linli/notify/v1"
	ticketsv1 "github.com/linlihub/linli/proto/gen/linli/tickets/v1"
)

// look is how often, on the wall, tickets that are not at their end are asked for: an event that was missed must not keep
// the replay from ending.
const look = 5 * time.Second

// watch follows the feeds of all districts, as the console does, until ctx ends. Every ready is closed when its stream is
// open for the first time.
func (r *run) watch(ctx context.Context, ready map[string]chan struct{}) error {
	group, ctx := errgroup.WithContext(ctx)
	for district, open := range ready {
		group.Go(func() error {
			var opened bool
			return r.director.Events(ctx, client.Stream{
				Path:   "/v1/districts/" + district + "/events",
				Handle: r.hear(ctx),
				Opened: func() {
					if !opened {
						opened = true
						close(open)
					}
				},
			})
		})
	}
	group.Go(func() error { return r.lookAround(ctx) })
	return group.Wait()
}

func (r *run) hear(ctx context.Context) func(client.Event) error {
	return func(e client.Event) error {
		var entry notifyv1.Entry
		if err := (protojson.UnmarshalOptions{DiscardUnknown: true}).Unmarshal(e.Data, &entry); err != nil {
			return fmt.Errorf("read event %s: %w", e.Name, err)
		}
		state := ticketsv1.State(ticketsv1.State_value[entry.GetState()])
		r.news(ctx, entry.GetTicketId(), state, entry.GetTicketVersion())
		return nil
	}
}

// news tells the tally, and the resident whose turn it is.
func (r *run) news(ctx context.Context, ticket string, state ticketsv1.State, version int64) {
	if finished := r.tally.heard(ticket, state, version, r.wall.Now()); finished != nil {
		r.residents.Go(func() { r.judge(ctx, finished) })
	}
}

// lookAround asks for tickets that are not at their end.
func (r *run) lookAround(ctx context.Context) error {
	tickets := ticketsv1.NewTicketsClient(r.director)
	for {
		if err := clock.Wait(ctx, r.wall, r.wall.Now().Add(look)); err != nil {
			return err
		}
		pending, _ := r.tally.pending()
		for _, c := range pending[:min(len(pending), 50)] {
			ticket, err := tickets.Get(ctx, &ticketsv1.GetRequest{Id: c.id})
			if err == nil { // else next time; a ticket that is lost shows in the end
				r.news(ctx, c.id, ticket.GetState(), ticket.GetVersion())
			}
		}
	}
}
