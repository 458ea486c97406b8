package check

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/linlihub/linli/libs/client"
	"github.com/linlihub/linli/libs/clock"
	hrv1 "github.com/linlihub/linli/proto/gen/linli/hr/v1"
	residentsv1 "github.com/linlihub/linli/proto/gen/linli/residents/v1"
	ticketsv1 "github.com/linlihub/linli/proto/gen/linli/tickets/v1"
	"github.com/linlihub/linli/services/allinone/demo"
)

// trial is one check. It may be repeated, and leaves the place, one cancelled ticket, and nobody on duty.
type trial struct {
	server   *client.Client
	password string // of the account admin
}

// sight is what a check saw.
type sight struct {
	number, technician string
	took               time.Duration
}

func (t trial) run(ctx context.Context) (seen sight, err error) {
	admin := t.server.As(client.Password("admin", t.password))
	worker := t.server.As(client.Password(placeID, t.workerPassword()))
	if err := t.furnish(ctx, admin, worker); err != nil {
		return sight{}, err
	}
	duty := hrv1.NewDutyClient(worker)
	if _, err := duty.Start(ctx, &hrv1.StartDutyRequest{Point: point}); err != nil {
		return sight{}, fmt.Errorf("start duty: %w", err)
	}
	defer func() {
		ctx, cancel := afterwards(ctx)
		defer cancel()
		_, ended := duty.End(ctx, &hrv1.EndDutyRequest{})
		err = errors.Join(err, ended)
	}()
	return follow(ctx, ticketsv1.NewTicketsClient(admin))
}

// afterwards is for what has to be put back, also when the time is over.
func afterwards(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
}

// workerPassword is the same at each check, so that the account of an earlier one is good at once.
func (t trial) workerPassword() string {
	sum := sha256.Sum256([]byte(placeID + t.password))
	return hex.EncodeToString(sum[:16])
}

// furnish makes the place and its technician.
func (t trial) furnish(ctx context.Context, admin, worker *client.Client) error {
	if _, err := residentsv1.NewRegistryClient(admin).Import(ctx, place()); err != nil {
		return fmt.Errorf("import a place: %w", err)
	}
	if _, err := hrv1.NewStaffClient(admin).Import(ctx, technician(t.workerPassword())); err != nil {
		return fmt.Errorf("import a technician: %w", err)
	}
	if err := demo.SignIn(ctx, worker); err != nil {
		return fmt.Errorf("sign in as the technician: %w", err)
	}
	return nil
}

// follow opens a ticket, as the desk does for somebody who phones, and takes it back once it is assigned.
func follow(ctx context.Context, tickets ticketsv1.TicketsClient) (seen sight, err error) {
	wall := clock.Real()
	began := wall.Now()
	ticket, err := tickets.Open(ctx, &ticketsv1.OpenRequest{
		HomeId: placeID, OnBehalfOf: placeID, Source: "phone", Category: skill, Words: "安装后自检，请忽略",
	})
	if err != nil {
		return sight{}, fmt.Errorf("open a ticket: %w", err)
	}
	defer func() {
		ctx, cancel := afterwards(ctx)
		defer cancel()
		_, cancelled := tickets.Cancel(ctx, &ticketsv1.CancelRequest{Id: ticket.GetId(), Reason: "自检"})
		err = errors.Join(err, cancelled)
	}()
	ticket, err = assigned(ctx, tickets, ticket)
	if err != nil {
		return sight{}, err
	}
	seen = sight{number: ticket.GetNumber(), technician: ticket.GetVisitor().GetStaffId(), took: wall.Now().Sub(began)}
	if seen.technician != placeID {
		return sight{}, fmt.Errorf("ticket %s is with %q, who does not work in its district", seen.number, seen.technician)
	}
	return seen, nil
}

// assigned asks until a technician has the ticket.
func assigned(ctx context.Context, tickets ticketsv1.TicketsClient, ticket *ticketsv1.Ticket) (*ticketsv1.Ticket, error) {
	wall := clock.Real()
	for pause := 10 * time.Millisecond; ; pause = min(2*pause, 500*time.Millisecond) {
		now, err := tickets.Get(ctx, &ticketsv1.GetRequest{Id: ticket.GetId()})
		if err != nil {
			return nil, fmt.Errorf("read ticket %s: %w", ticket.GetNumber(), err)
		}
		if now.GetState() >= ticketsv1.State_STATE_ASSIGNED {
			return now, nil
		}
		if err := clock.Wait(ctx, wall, wall.Now().Add(pause)); err != nil {
			return nil, fmt.Errorf("ticket %s was opened, but nobody has it: look at dispatch: %w", ticket.GetNumber(), err)
		}
	}
}
