package e2e_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/linlihub/linli/libs/fault"
	dispatchv1 "github.com/linlihub/linli/proto/gen/linli/dispatch/v1"
	ticketsv1 "github.com/linlihub/linli/proto/gen/linli/tickets/v1"

	"github.com/linlihub/linli/e2e/harness"
)

// Work for two 双人作业: the first takes it, a second is asked to come along, both names are seen, the first finishes and both are free.
func TestWorkForTwo(t *testing.T) {
	p := harness.Start(t)
	p.Certify("lift", "t1", "t2")
	p.OnDuty("t1", "t2", "t3", "t4")
	resident, steward, ctx := p.Resident("p1"), p.Staff("w1"), p.Context()
	ticket := p.Open("p1", "lift")
	told := p.Listen(resident, "/v1/tickets/"+ticket.GetId()+"/events", "")
	visit, first := p.Offer(ticket.GetId())
	leads := harness.Visits(p.Staff(first))
	got(leads.Accept(ctx, &dispatchv1.AcceptRequest{Id: visit.GetId()})).ok(t)

	offer, second := secondOf(p, ticket.GetId(), without([]string{"t1", "t2", "t3", "t4"}, first))
	if offer.GetFirstName() == "" || offer.GetHands() != 2 || offer.GetPlace().GetAddress() != visit.GetPlace().GetAddress() {
		t.Errorf("what the second is asked: %v", offer)
	}
	helps := harness.Visits(p.Staff(second))
	got(helps.Accept(ctx, &dispatchv1.AcceptRequest{Id: offer.GetId()})).ok(t)
	p.Hear(told, "TicketSecondJoined")
	seen := got(harness.Tickets(resident).Get(ctx, &ticketsv1.GetRequest{Id: ticket.GetId()})).ok(t)
	if seen.GetVisitor().GetStaffId() != first || seen.GetSecond().GetStaffId() != second || seen.GetSecond().GetName() == "" || seen.GetHands() != 2 {
		t.Errorf("the resident sees %v and %v", seen.GetVisitor(), seen.GetSecond())
	}
	got(harness.Tickets(p.Staff(second)).Get(ctx, &ticketsv1.GetRequest{Id: ticket.GetId()})).ok(t)

	got(helps.Depart(ctx, &dispatchv1.DepartRequest{Id: offer.GetId()})).ok(t)
	near := &dispatchv1.ReportPositionRequest{Point: harness.Near(visit.GetPlace().GetPoint())}
	got(harness.Positions(p.Staff(second)).Report(ctx, near)).ok(t)
	got(harness.Positions(resident).Get(ctx, &dispatchv1.GetPositionRequest{TicketId: ticket.GetId()})).refused(t, fault.NotFound) // it is the first who is awaited
	got(helps.Arrive(ctx, &dispatchv1.ArriveRequest{Id: offer.GetId()})).ok(t)
	got(helps.Finish(ctx, &dispatchv1.FinishRequest{Id: offer.GetId()})).refused(t, fault.Conflict)

	got(leads.Depart(ctx, &dispatchv1.DepartRequest{Id: visit.GetId()})).ok(t)
	got(leads.Arrive(ctx, &dispatchv1.ArriveRequest{Id: visit.GetId()})).ok(t)
	got(leads.Finish(ctx, &dispatchv1.FinishRequest{Id: visit.GetId(), Words: "已放人"})).ok(t)
	if free := got(helps.ListMine(ctx, &dispatchv1.ListMineRequest{})).ok(t).GetVisits(); len(free) != 0 {
		t.Errorf("the second still has %v", free)
	}
	p.Until(resident, ticket.GetId(), ticketsv1.State_STATE_FINISHED)
	story := got(harness.Tickets(steward).GetStory(ctx, &ticketsv1.GetStoryRequest{Id: ticket.GetId()})).ok(t)
	var steps []string
	for _, e := range story.GetEntries() {
		steps = append(steps, e.GetType())
	}
	steps = without(steps, "eta_moved")
	if want := []string{"opened", "assigned", "accepted", "second_joined", "second_arrived", "departed", "arrived", "finished"}; !slices.Equal(steps, want) {
		t.Errorf("the story is %v", steps)
	}
	if s := story.GetTicket().GetSecond(); s.GetStaffId() != second || !s.GetOnSite() {
		t.Errorf("after the work: %v", s)
	}
	decisions := got(harness.Boards(steward).ListDecisions(ctx, &dispatchv1.ListDecisionsRequest{TicketId: ticket.GetId()})).ok(t).GetDecisions()
	if len(decisions) != 2 || decisions[0].GetSecond() || !decisions[1].GetSecond() || decisions[1].GetStaffId() != second {
		t.Errorf("decisions: %v", decisions)
	}
}

// With nobody to send along the first goes all the same; the office hears of it and sees it, and whoever comes on duty comes along.
func TestTheFirstGoesAloneWhenNobodyCanComeAlong(t *testing.T) {
	p := harness.Start(t)
	p.Certify("lift", "t1")
	p.OnDuty("t1")
	steward := p.Staff("w1")
	alarms := p.Listen(steward, "/v1/districts/d1/events", "0")
	ticket := p.Open("p1", "lift")
	visit, first := p.Offer(ticket.GetId())
	p.Reach(visit, first)
	heard := p.Hear(alarms, "TicketSecondMissed")
	if last := heard[len(heard)-1]; !last.GetAlarm() || last.GetTicketId() != ticket.GetId() {
		t.Errorf("alarm: %v", last)
	}
	board := got(harness.Boards(steward).Get(p.Context(), &dispatchv1.GetBoardRequest{DistrictId: "d1"})).ok(t)
	if w := board.GetWaiting(); len(w) != 1 || !w[0].GetSecond() || w[0].GetTicketId() != ticket.GetId() || !w[0].GetNoCandidate() {
		t.Errorf("the board shows %v", w)
	}
	if seen := got(harness.Tickets(steward).Get(p.Context(), &ticketsv1.GetRequest{Id: ticket.GetId()})).ok(t); !seen.GetSecond().GetMissing() {
		t.Errorf("the office sees %v", seen.GetSecond())
	}
	p.OnDuty("t2")
	offer, _ := secondOf(p, ticket.GetId(), []string{"t2"})
	got(harness.Visits(p.Staff("t2")).Accept(p.Context(), &dispatchv1.AcceptRequest{Id: offer.GetId()})).ok(t)
	p.Eventually("the second is seen", func() error {
		seen, err := harness.Tickets(p.Resident("p1")).Get(p.Context(), &ticketsv1.GetRequest{Id: ticket.GetId()})
		if err == nil && (seen.GetSecond().GetStaffId() != "t2" || seen.GetSecond().GetMissing()) {
			err = fmt.Errorf("seen is %v", seen.GetSecond())
		}
		return err
	})
}

// secondOf waits until one of some technicians is asked to come along to a ticket.
func secondOf(p *harness.Platform, ticket string, among []string) (offer *dispatchv1.Visit, technician string) {
	p.Eventually("somebody is asked to come along", func() error {
		for _, id := range among {
			mine, err := harness.Visits(p.Staff(id)).ListMine(p.Context(), &dispatchv1.ListMineRequest{})
			if err != nil {
				return err
			}
			for _, v := range mine.GetVisits() {
				if v.GetSecond() && v.GetTicketId() == ticket {
					offer, technician = v, id
					return nil
				}
			}
		}
		return errors.New("nobody is")
	})
	return offer, technician
}
