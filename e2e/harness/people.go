package harness

import (
	"errors"
	"fmt"

	"github.com/linlihub/linli/libs/client"
	commonv1 "github.com/linlihub/linli/proto/gen/linli/common/v1"
	dispatchv1 "github.com/linlihub/linli/proto/gen/linli/dispatch/v1"
	hrv1 "github.com/linlihub/linli/proto/gen/linli/hr/v1"
	notifyv1 "github.com/linlihub/linli/proto/gen/linli/notify/v1"
	ticketsv1 "github.com/linlihub/linli/proto/gen/linli/tickets/v1"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/encoding/protojson"
)

// Tickets, Visits, Boards and Positions are the services as a caller sees them.
func Tickets(c *client.Client) ticketsv1.TicketsClient { return ticketsv1.NewTicketsClient(c) }

// Visits are what a technician does.
func Visits(c *client.Client) dispatchv1.VisitsClient { return dispatchv1.NewVisitsClient(c) }

// Boards are what a steward looks at.
func Boards(c *client.Client) dispatchv1.BoardsClient { return dispatchv1.NewBoardsClient(c) }

// Positions are where technicians are.
func Positions(c *client.Client) dispatchv1.PositionsClient { return dispatchv1.NewPositionsClient(c) }

// OnDuty signs technicians in and starts their duty.
func (p *Platform) OnDuty(ids ...string) {
	p.t.Helper()
	for _, id := range ids {
		if _, err := hrv1.NewDutyClient(p.Staff(id)).Start(p.Context(), &hrv1.StartDutyRequest{}); err != nil {
			p.t.Fatalf("%s starts duty: %v", id, err)
		}
	}
}

// Certify gives technicians a certificate for a skill that nobody may use without.
func (p *Platform) Certify(skill string, ids ...string) {
	p.t.Helper()
	for _, id := range ids {
		certificate := &hrv1.Certificate{Skill: skill, Name: skill}
		if _, err := hrv1.NewStaffClient(p.Admin()).SetCertificate(p.Context(), &hrv1.SetCertificateRequest{StaffId: id, Certificate: certificate}); err != nil {
			p.t.Fatalf("certify %s: %v", id, err)
		}
	}
}

// Open opens a ticket for the home of a resident: p7 lives in h7.
func (p *Platform) Open(person, category string) *ticketsv1.Ticket {
	p.t.Helper()
	t, err := Tickets(p.Resident(person)).Open(p.Context(), &ticketsv1.OpenRequest{
		HomeId: "h" + person[1:], Category: category, Words: "厨房水管漏水，" + DoorCode, Source: "app",
	})
	if err != nil {
		p.t.Fatalf("%s opens a ticket: %v", person, err)
	}
	return t
}

// Offer waits until a ticket's visit is offered and answers it with the technician it was offered to.
func (p *Platform) Offer(ticket string) (visit *dispatchv1.Visit, technician string) {
	p.t.Helper()
	steward := Tickets(p.Staff("m1"))
	p.Eventually("offer of "+ticket, func() error {
		t, err := steward.Get(p.Context(), &ticketsv1.GetRequest{Id: ticket})
		if err != nil {
			return err
		}
		if technician = t.GetVisitor().GetStaffId(); t.GetState() != ticketsv1.State_STATE_ASSIGNED || technician == "" {
			return fmt.Errorf("the ticket is %s", t.GetState())
		}
		visit, err = Visits(p.Staff(technician)).Get(p.Context(), &dispatchv1.GetRequest{Id: t.GetVisitor().GetVisitId()})
		return err
	})
	return visit, technician
}

// Until waits until a ticket reaches a state and answers it.
func (p *Platform) Until(c *client.Client, ticket string, state ticketsv1.State) (t *ticketsv1.Ticket) {
	p.t.Helper()
	p.Eventually("ticket "+ticket+" becomes "+state.String(), func() (err error) {
		if t, err = Tickets(c).Get(p.Context(), &ticketsv1.GetRequest{Id: ticket}); err != nil {
			return err
		}
		if t.GetState() != state {
			return fmt.Errorf("it is %s", t.GetState())
		}
		return nil
	})
	return t
}

// Work carries an offered visit to its end.
func (p *Platform) Work(visit *dispatchv1.Visit, technician string) {
	p.t.Helper()
	p.Reach(visit, technician)
	_, err := Visits(p.Staff(technician)).Finish(p.Context(), &dispatchv1.FinishRequest{Id: visit.GetId(), Words: "更换软管", Materials: "软管 1 根"})
	if err != nil {
		p.t.Fatalf("finish: %v", err)
	}
}

// Reach brings the technician of an offered visit to the door.
func (p *Platform) Reach(visit *dispatchv1.Visit, technician string) {
	p.t.Helper()
	visits, ctx := Visits(p.Staff(technician)), p.Context()
	if _, err := visits.Accept(ctx, &dispatchv1.AcceptRequest{Id: visit.GetId()}); err != nil {
		p.t.Fatalf("accept: %v", err)
	}
	if _, err := visits.Depart(ctx, &dispatchv1.DepartRequest{Id: visit.GetId()}); err != nil {
		p.t.Fatalf("depart: %v", err)
	}
	if _, err := visits.Arrive(ctx, &dispatchv1.ArriveRequest{Id: visit.GetId()}); err != nil {
		p.t.Fatalf("arrive: %v", err)
	}
}

// Near is a position a little off a place.
func Near(p *commonv1.Point) *commonv1.Point {
	return &commonv1.Point{Lat: p.GetLat() + .001, Lon: p.GetLon() + .001}
}

var errEnough = errors.New("enough")

// Listen reads a caller's stream in the background and answers its entries, in order.
func (p *Platform) Listen(c *client.Client, path, after string) <-chan *notifyv1.Entry {
	entries := make(chan *notifyv1.Entry, 1000)
	ctx := p.Context()
	go func() {
		defer close(entries)
		_ = c.Events(ctx, client.Stream{Path: path, After: after, Handle: func(e client.Event) error {
			entry := &notifyv1.Entry{}
			if err := protojson.Unmarshal(e.Data, entry); err != nil {
				return nil //nolint:nilerr // positions are no entries
			}
			select {
			case entries <- entry:
				return nil
			case <-ctx.Done():
				return errEnough
			}
		}})
	}()
	return entries
}

// Hear waits for an entry of a type and answers it with those that came before.
func (p *Platform) Hear(entries <-chan *notifyv1.Entry, kind string) (heard []*notifyv1.Entry) {
	p.t.Helper()
	for {
		e := p.Next(entries)
		if e == nil {
			p.t.Fatalf("never heard %s; heard %v", kind, heard)
		}
		if heard = append(heard, e); e.GetType() == kind {
			return heard
		}
	}
}

// Next waits for the next entry of a stream; nil when there is none.
func (p *Platform) Next(entries <-chan *notifyv1.Entry) *notifyv1.Entry {
	select {
	case e := <-entries:
		return e
	case <-p.Context().Done():
		return nil
	}
}

// IfMatch sends the etag that the caller saw.
func IfMatch(etag string) grpc.CallOption { return client.IfMatch(etag) }
