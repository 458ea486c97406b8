package e2e_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/linlihub/linli/libs/fault"
	dispatchv1 "github.com/linlihub/linli/proto/gen/linli/dispatch/v1"
	notifyv1 "github.com/linlihub/linli/proto/gen/linli/notify/v1"
	ticketsv1 "github.com/linlihub/linli/proto/gen/linli/tickets/v1"

	"github.com/linlihub/linli/e2e/harness"
)

// A repair ticket from the tap to the rating: the path that services/README.md tells in prose.
func TestARepairTicketFromTheTapToTheRating(t *testing.T) {
	p := harness.Start(t)
	p.OnDuty("t1", "t2", "t3", "t4")
	resident, steward := p.Resident("p1"), p.Staff("w1")

	ticket := p.Open("p1", "plumbing")
	story := p.Listen(resident, "/v1/tickets/"+ticket.GetId()+"/events", "")

	visit, technician := p.Offer(ticket.GetId())
	if visit.GetEtaFrom() == nil || !visit.GetEtaTo().AsTime().After(visit.GetEtaFrom().AsTime()) {
		t.Errorf("an offer without a window of arrival: %v", visit)
	}
	visits, ctx := harness.Visits(p.Staff(technician)), p.Context()
	position := &dispatchv1.GetPositionRequest{TicketId: ticket.GetId()}

	got(visits.Accept(ctx, &dispatchv1.AcceptRequest{Id: visit.GetId()})).ok(t)
	got(harness.Positions(p.Staff(technician)).Report(ctx, &dispatchv1.ReportPositionRequest{Point: harness.Near(visit.GetPlace().GetPoint())})).ok(t)
	got(harness.Positions(resident).Get(ctx, position)).refused(t, fault.NotFound) // not before the technician departs

	got(visits.Depart(ctx, &dispatchv1.DepartRequest{Id: visit.GetId()})).ok(t)
	got(harness.Positions(p.Staff(technician)).Report(ctx, &dispatchv1.ReportPositionRequest{Point: harness.Near(visit.GetPlace().GetPoint())})).ok(t)
	got(harness.Positions(resident).Get(ctx, position)).ok(t)
	got(harness.Positions(p.Resident("p2")).Get(ctx, position)).refused(t, fault.NotFound) // nobody else, ever

	got(visits.Arrive(ctx, &dispatchv1.ArriveRequest{Id: visit.GetId()})).ok(t)
	got(harness.Positions(resident).Get(ctx, position)).refused(t, fault.NotFound) // nor after the arrival
	got(visits.Finish(ctx, &dispatchv1.FinishRequest{Id: visit.GetId(), Words: "更换软管", Materials: "软管 1 根"})).ok(t)

	p.Until(resident, ticket.GetId(), ticketsv1.State_STATE_FINISHED)
	rated := got(harness.Tickets(resident).Rate(ctx, &ticketsv1.RateRequest{Id: ticket.GetId(), Stars: 5, Words: "很快"})).ok(t)
	if rated.GetState() != ticketsv1.State_STATE_CLOSED || len(rated.GetRatings()) != 1 {
		t.Errorf("after the rating: %v", rated)
	}

	heard := types(p.Hear(story, "TicketClosed"))
	want := []string{"TicketOpened", "TicketAssigned", "TicketAccepted", "TicketDeparted", "TicketArrived", "TicketFinished", "TicketRated", "TicketClosed"}
	if diff := cmp.Diff(want, without(heard, "TicketEtaMoved")); diff != "" {
		t.Errorf("the resident's stream (-want +got):\n%s", diff)
	}

	seen := got(harness.Tickets(steward).GetStory(ctx, &ticketsv1.GetStoryRequest{Id: ticket.GetId()})).ok(t)
	clocks := seen.GetTicket().GetClocks()
	if clocks.GetT1Seconds() < 0 || clocks.GetT2Seconds() < clocks.GetT1Seconds() || clocks.GetT3Seconds() < clocks.GetT2Seconds() || !clocks.GetResponse().GetMet() {
		t.Errorf("clocks: %v", clocks)
	}
	decisions := got(harness.Boards(steward).ListDecisions(ctx, &dispatchv1.ListDecisionsRequest{TicketId: ticket.GetId()})).ok(t)
	if len(decisions.GetDecisions()) != 1 || len(decisions.GetDecisions()[0].GetParts()) == 0 {
		t.Errorf("the decision is not explained: %v", decisions)
	}
}

// Not fixed: the same ticket, the next cycle, and a second rating (DOMAIN 5 and 6).
func TestNotFixedReturnsTheSameTicket(t *testing.T) {
	p := harness.Start(t)
	p.OnDuty("t1", "t2", "t3", "t4")
	resident := p.Resident("p1")
	ticket := p.Open("p1", "plumbing")
	for cycle := int32(1); cycle <= 2; cycle++ {
		visit, technician := p.Offer(ticket.GetId())
		p.Work(visit, technician)
		finished := p.Until(resident, ticket.GetId(), ticketsv1.State_STATE_FINISHED)
		if finished.GetCycle() != cycle || !finished.GetOpenedAt().AsTime().Equal(ticket.GetOpenedAt().AsTime()) {
			t.Fatalf("cycle %d: %v", cycle, finished)
		}
		if cycle == 1 {
			got(harness.Tickets(resident).Reopen(p.Context(), &ticketsv1.ReopenRequest{Id: ticket.GetId(), Words: "还没修好"})).ok(t)
		}
	}
	got(harness.Tickets(resident).Rate(p.Context(), &ticketsv1.RateRequest{Id: ticket.GetId(), Stars: 2})).ok(t)
	got(harness.Tickets(resident).Rate(p.Context(), &ticketsv1.RateRequest{Id: ticket.GetId(), Stars: 5})).refused(t, fault.Conflict)
}

// A pause stops the clock, for a listed reason and with If-Match only.
func TestPauseAndResume(t *testing.T) {
	p := harness.Start(t)
	p.OnDuty("t1")
	ticket := p.Open("p1", "plumbing")
	visit, technician := p.Offer(ticket.GetId())
	p.Reach(visit, technician)
	worker := p.Staff(technician)
	onSite := p.Until(worker, ticket.GetId(), ticketsv1.State_STATE_ON_SITE)

	pause := &ticketsv1.PauseRequest{Id: ticket.GetId(), Reason: ticketsv1.PauseReason_PAUSE_REASON_PART_ORDERED}
	got(harness.Tickets(worker).Pause(p.Context(), pause)).refused(t, fault.Required)
	got(harness.Tickets(worker).Pause(p.Context(), pause, harness.IfMatch(ticket.GetEtag()))).refused(t, fault.Stale)
	paused := got(harness.Tickets(worker).Pause(p.Context(), pause, harness.IfMatch(onSite.GetEtag()))).ok(t)
	got(harness.Tickets(worker).Resume(p.Context(), &ticketsv1.ResumeRequest{Id: ticket.GetId()}, harness.IfMatch(paused.GetEtag()))).ok(t)
	p.Until(worker, ticket.GetId(), ticketsv1.State_STATE_ON_SITE)
	p.Eventually("finish after the pause", func() error {
		_, err := harness.Visits(worker).Finish(p.Context(), &dispatchv1.FinishRequest{Id: visit.GetId()})
		return err
	})
	p.Until(p.Resident("p1"), ticket.GetId(), ticketsv1.State_STATE_FINISHED)
}

// An offer that is declined goes round; a steward may choose by hand, and that is explained too.
func TestDeclineAndTransfer(t *testing.T) {
	p := harness.Start(t)
	p.OnDuty("t1", "t2")
	ticket := p.Open("p1", "plumbing")
	visit, first := p.Offer(ticket.GetId())
	got(harness.Visits(p.Staff(first)).Decline(p.Context(), &dispatchv1.DeclineRequest{Id: visit.GetId(), Reason: "正在休息"})).ok(t)
	var second string
	p.Eventually("another technician is asked", func() error {
		if _, second = p.Offer(ticket.GetId()); second == first {
			return errors.New("the same one is asked")
		}
		return nil
	})
	moved := got(harness.Visits(p.Staff("w1")).Transfer(p.Context(), &dispatchv1.TransferRequest{TicketId: ticket.GetId(), StaffId: first, Reason: "熟悉该楼"})).ok(t)
	p.Work(moved, first)
	p.Until(p.Resident("p1"), ticket.GetId(), ticketsv1.State_STATE_FINISHED)
	decisions := got(harness.Boards(p.Staff("w1")).ListDecisions(p.Context(), &dispatchv1.ListDecisionsRequest{TicketId: ticket.GetId()})).ok(t)
	if n := len(decisions.GetDecisions()); n != 3 {
		t.Errorf("%d decisions are told, want 3: %v", n, decisions)
	}
}

// Nobody on duty: the console hears of it at once (DOMAIN 3), and the first who comes gets the ticket.
func TestNobodyOnDuty(t *testing.T) {
	p := harness.Start(t)
	steward := p.Staff("w1")
	alarms := p.Listen(steward, "/v1/districts/d1/events", "0")
	ticket := p.Open("p1", "plumbing")
	heard := p.Hear(alarms, "TicketStranded")
	if last := heard[len(heard)-1]; !last.GetAlarm() || last.GetTicketId() != ticket.GetId() {
		t.Errorf("alarm: %v", last)
	}
	p.OnDuty("t1")
	p.Offer(ticket.GetId())
}

func types(entries []*notifyv1.Entry) (all []string) {
	for _, e := range entries {
		all = append(all, e.GetType())
	}
	return all
}
