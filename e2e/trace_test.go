package e2e_test

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/linlihub/linli/libs/telemetry/traceview"
	dispatchv1 "github.com/linlihub/linli/proto/gen/linli/dispatch/v1"
	ticketsv1 "github.com/linlihub/linli/proto/gen/linli/tickets/v1"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"

	"github.com/linlihub/linli/e2e/harness"
)

// wantTree is the trace of a repair ticket from the tap to the rating, which services/README.md tells in prose: what happened,
// where (in brackets), and below it what followed. Later requests have traces of their own; here they are the step that the
// ticket took, below the tap.
const wantTree = `
POST /v1/tickets (gateway, server)
  tickets.v1.Tickets/Open (gateway, client)
    tickets.v1.Tickets/Open (tickets, server)
      residents.v1.Registry/GetHome (tickets, client)
        residents.v1.Registry/GetHome (residents, server)
      send tickets.ticket.v1 TicketOpened (bus, producer)
        process tickets.ticket.v1 TicketOpened (dispatch, consumer)
          dispatch.v1.Visits/Accept (dispatch, internal)
            send dispatch.visit.v1 VisitAccepted (bus, producer)
              process dispatch.visit.v1 VisitAccepted (tickets, consumer)
                send tickets.ticket.v1 TicketAccepted (bus, producer)
                  process tickets.ticket.v1 TicketAccepted (notify, consumer)
                    stream TicketAccepted (gateway, producer)
          dispatch.v1.Visits/Arrive (dispatch, internal)
            send dispatch.visit.v1 VisitArrived (bus, producer)
              process dispatch.visit.v1 VisitArrived (tickets, consumer)
                send tickets.ticket.v1 TicketArrived (bus, producer)
                  process tickets.ticket.v1 TicketArrived (notify, consumer)
                    stream TicketArrived (gateway, producer)
          dispatch.v1.Visits/Depart (dispatch, internal)
            send dispatch.visit.v1 VisitDeparted (bus, producer)
              process dispatch.visit.v1 VisitDeparted (tickets, consumer)
                send tickets.ticket.v1 TicketDeparted (bus, producer)
                  process tickets.ticket.v1 TicketDeparted (notify, consumer)
                    stream TicketDeparted (gateway, producer)
          dispatch.v1.Visits/Finish (dispatch, internal)
            send dispatch.visit.v1 VisitFinished (bus, producer)
              process dispatch.visit.v1 VisitFinished (tickets, consumer)
                send tickets.ticket.v1 TicketFinished (bus, producer)
                  process tickets.ticket.v1 TicketFinished (notify, consumer)
                    stream TicketFinished (gateway, producer)
          send dispatch.visit.v1 VisitOffered (bus, producer)
            process dispatch.visit.v1 VisitOffered (notify, consumer)
            process dispatch.visit.v1 VisitOffered (tickets, consumer)
              send tickets.ticket.v1 TicketAssigned (bus, producer)
                process tickets.ticket.v1 TicketAssigned (notify, consumer)
        process tickets.ticket.v1 TicketOpened (notify, consumer)
      tickets.v1.Tickets/Rate (tickets, internal)
        send tickets.ticket.v1 TicketClosed (bus, producer)
          process tickets.ticket.v1 TicketClosed (notify, consumer)
            stream TicketClosed (gateway, producer)
        send tickets.ticket.v1 TicketRated (bus, producer)
          process tickets.ticket.v1 TicketRated (notify, consumer)
            stream TicketRated (gateway, producer)
`

// One trace id covers the ticket's whole life, whoever asked for what when, and across gRPC, outbox, Kafka and stream.
func TestOneTraceFromTheTapToTheRating(t *testing.T) {
	p := harness.Start(t)
	p.OnDuty("t1")
	resident := p.Resident("p1")
	var header metadata.MD
	ticket := got(harness.Tickets(resident).Open(p.Context(), &ticketsv1.OpenRequest{HomeId: "h1", Category: "plumbing"}, grpc.Header(&header))).ok(t)
	id := header.Get("Trace-Id")[0]
	story := p.Listen(resident, "/v1/tickets/"+ticket.GetId()+"/events", "")
	visit, technician := p.Offer(ticket.GetId())
	p.Hear(story, "TicketAssigned")
	visits := harness.Visits(p.Staff(technician))
	got(visits.Accept(p.Context(), &dispatchv1.AcceptRequest{Id: visit.GetId()})).ok(t)
	p.Hear(story, "TicketAccepted")
	got(visits.Depart(p.Context(), &dispatchv1.DepartRequest{Id: visit.GetId()})).ok(t)
	p.Hear(story, "TicketDeparted")
	got(visits.Arrive(p.Context(), &dispatchv1.ArriveRequest{Id: visit.GetId()})).ok(t)
	p.Hear(story, "TicketArrived")
	got(visits.Finish(p.Context(), &dispatchv1.FinishRequest{Id: visit.GetId()}, grpc.Header(&header))).ok(t)
	p.Hear(story, "TicketFinished")
	got(harness.Tickets(resident).Rate(p.Context(), &ticketsv1.RateRequest{Id: ticket.GetId(), Stars: 5})).ok(t)
	p.Hear(story, "TicketClosed")

	want := strings.TrimPrefix(wantTree, "\n")
	p.Eventually("the whole tree is there", func() error {
		trace, err := p.Trace(id)
		if err != nil {
			return err
		}
		tree := draw(trace)
		if diff := cmp.Diff(want, tree); diff != "" {
			return errors.New("(-want +got):\n" + diff)
		}
		return nil
	})
	checkLinked(p, header.Get("Trace-Id")[0], id)
}

// checkLinked sees that the trace of a later request leads to the ticket's trace.
func checkLinked(p *harness.Platform, request, story string) {
	p.Eventually("the trace of the request leads to the ticket's", func() error {
		trace, err := p.Trace(request)
		for _, s := range trace.Spans {
			if slices.ContainsFunc(s.Links, func(l traceview.Link) bool { return l.TraceID == story }) {
				return nil
			}
		}
		return fmt.Errorf("nothing in %v: %w", trace, err)
	})
}

// passing are steps that there may be or not: windows of arrival move when they must, who opens a stream late reads the first
// entries from the feed, and a process that sees a session before it has the key of its token asks for keys.
var passing = regexp.MustCompile(`Eta|stream Ticket(Opened|Assigned)|Keys/List`)

// orphan begins the drawing of a trace that has a step without its parent.
const orphan = "a step without its parent: "

// draw writes a trace as a tree, siblings by name.
func draw(all traceview.Trace) string {
	children, known := map[string][]traceview.Span{}, map[string]bool{}
	for _, s := range all.Spans {
		known[s.SpanID] = true
	}
	for _, s := range all.Spans {
		if s.ParentID != "" && !known[s.ParentID] {
			return orphan + label(s)
		}
		children[s.ParentID] = append(children[s.ParentID], s)
	}
	var tree strings.Builder
	var below func(parent string, depth int)
	below = func(parent string, depth int) {
		slices.SortFunc(children[parent], func(a, b traceview.Span) int { return strings.Compare(label(a), label(b)) })
		for _, s := range children[parent] {
			if passing.MatchString(label(s)) {
				continue
			}
			fmt.Fprintf(&tree, "%s%s\n", strings.Repeat("  ", depth), label(s))
			below(s.SpanID, depth+1)
		}
	}
	below("", 0)
	return tree.String()
}

func label(s traceview.Span) string {
	event := s.Attributes["cloudevents.event_type"]
	name := s.Name + " " + event[strings.LastIndex(event, ".")+1:]
	return strings.TrimSpace(name) + " (" + s.Service + ", " + s.Kind + ")"
}
