package e2e_test

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/linlihub/linli/libs/fault"
	dispatchv1 "github.com/linlihub/linli/proto/gen/linli/dispatch/v1"
	residentsv1 "github.com/linlihub/linli/proto/gen/linli/residents/v1"
	ticketsv1 "github.com/linlihub/linli/proto/gen/linli/tickets/v1"

	"github.com/linlihub/linli/e2e/harness"
)

// grabs of one offer at the same time (DOMAIN 4).
const grabs = 200

// Of 200 who grab the same offer exactly one has it, the others are told so, and it is told once.
func TestOneOfManyGrabsWins(t *testing.T) {
	p := harness.Start(t, "--dispatch.singles", "1")
	p.OnDuty("t1", "t2", "t3", "t4")
	ticket := p.Open("p1", "plumbing")
	visit, first := p.Offer(ticket.GetId())
	got(harness.Visits(p.Staff(first)).Decline(p.Context(), &dispatchv1.DeclineRequest{Id: visit.GetId(), Reason: "正在休息"})).ok(t)
	pool := pooled(p, ticket.GetId())
	askedToo := without([]string{"t1", "t2", "t3", "t4"}, first)

	var all sync.WaitGroup
	refusals, won := make([]error, grabs), make([]string, grabs)
	begin, ctx := make(chan struct{}), p.Context()
	for i := range grabs {
		id := askedToo[i%len(askedToo)]
		visits := harness.Visits(p.Staff(id))
		all.Go(func() {
			<-begin
			if _, refusals[i] = visits.Accept(ctx, &dispatchv1.AcceptRequest{Id: pool}); refusals[i] == nil {
				won[i] = id
			}
		})
	}
	close(begin)
	all.Wait()
	winners := without(won, "")
	if len(winners) != 1 {
		t.Fatalf("%d have it: %v", len(winners), winners)
	}
	for i, err := range refusals {
		own := askedToo[i%len(askedToo)] == winners[0]
		if won[i] == "" && (fault.KindOf(err) != fault.Conflict || !own && fault.CodeOf(err) != "dispatch.taken" || own && fault.CodeOf(err) != "dispatch.wrong_state") {
			t.Errorf("grab %d is told %v", i, err)
		}
	}
	p.Until(p.Resident("p1"), ticket.GetId(), ticketsv1.State_STATE_ACCEPTED)
	story := got(harness.Tickets(p.Staff("w1")).GetStory(p.Context(), &ticketsv1.GetStoryRequest{Id: ticket.GetId()})).ok(t)
	accepted := 0
	for _, e := range story.GetEntries() {
		if e.GetType() == "accepted" {
			accepted++
		}
	}
	if accepted != 1 {
		t.Errorf("it was accepted %d times: %v", accepted, story.GetEntries())
	}
	ledger := offersOf(t, p, ticket.GetId())
	for _, id := range askedToo {
		want := dispatchv1.OfferOutcome_OFFER_OUTCOME_TAKEN
		if id == winners[0] {
			want = dispatchv1.OfferOutcome_OFFER_OUTCOME_ACCEPTED
		}
		if !slices.Contains(ledger[id], want) {
			t.Errorf("the ledger of %s says %v, want %s", id, ledger[id], want)
		}
	}
}

// pooled waits until a ticket is offered to everybody, and answers the visit.
func pooled(p *harness.Platform, ticket string) (visit string) {
	p.Eventually("everybody is asked", func() error {
		board, err := harness.Boards(p.Staff("w1")).Get(p.Context(), &dispatchv1.GetBoardRequest{DistrictId: "d1"})
		for _, v := range board.GetVisits() {
			if v.GetTicketId() == ticket && v.GetPool() {
				visit = v.GetId()
				return nil
			}
		}
		return errors.Join(err, errors.New("no offer to all"))
	})
	return visit
}

// offersOf is the ledger of offers: what became of each, by technician.
func offersOf(t *testing.T, p *harness.Platform, ticket string) map[string][]dispatchv1.OfferOutcome {
	t.Helper()
	ledger := map[string][]dispatchv1.OfferOutcome{}
	for _, d := range got(harness.Boards(p.Staff("w1")).ListDecisions(p.Context(), &dispatchv1.ListDecisionsRequest{TicketId: ticket})).ok(t).GetDecisions() {
		for _, o := range d.GetOffers() {
			ledger[o.GetStaffId()] = append(ledger[o.GetStaffId()], o.GetOutcome())
		}
	}
	return ledger
}

// An offer that nobody answers expires, stays in the ledger, and cannot be taken any more (DOMAIN 4).
func TestAnOfferExpiresIntoTheLedger(t *testing.T) {
	p := harness.Start(t, "--clock-speed", "600")
	p.OnDuty("t1", "t2")
	ticket := p.Open("p1", "plumbing").GetId()
	expired, late := dispatchv1.OfferOutcome_OFFER_OUTCOME_EXPIRED, ""
	p.Eventually("an offer expires", func() error {
		for staff, outcomes := range offersOf(t, p, ticket) {
			if slices.Contains(outcomes, expired) {
				late = staff
				return nil
			}
		}
		return errors.New("none has expired")
	})
	for _, d := range got(harness.Boards(p.Staff("w1")).ListDecisions(p.Context(), &dispatchv1.ListDecisionsRequest{TicketId: ticket})).ok(t).GetDecisions() {
		for _, o := range d.GetOffers() {
			if o.GetStaffId() != late || o.GetOutcome() != expired {
				continue
			}
			if o.GetAnsweredAt().AsTime().Before(o.GetExpiresAt().AsTime()) {
				t.Errorf("it expired before its time: %v", o)
			}
			_, err := harness.Visits(p.Staff(late)).Accept(p.Context(), &dispatchv1.AcceptRequest{Id: d.GetVisitId()})
			if fault.KindOf(err) != fault.Conflict || fault.CodeOf(err) != "dispatch.offer_expired" {
				t.Errorf("the expired offer is answered %v", err)
			}
		}
	}
}

// Who has opened as many as a day allows still gets help in an emergency; a third like two others is suggested to be
// followed instead (DOMAIN 8).
func TestLimitsNeverBlockAnEmergency(t *testing.T) {
	p := harness.Start(t)
	tickets := harness.Tickets(p.Resident("p1"))
	open := func(category string, emergency bool) (*ticketsv1.Ticket, error) {
		return tickets.Open(p.Context(), &ticketsv1.OpenRequest{HomeId: "h1", Category: category, Emergency: emergency})
	}
	first := got(open("plumbing", false)).ok(t)
	if similar := got(open("plumbing", false)).ok(t).GetSimilar(); len(similar) != 1 || similar[0].GetTicketId() != first.GetId() || !similar[0].GetSameHome() {
		t.Errorf("a second one like it suggests %v", similar)
	}
	if _, err := open("plumbing", false); fault.CodeOf(err) != "tickets.limit_identical" {
		t.Errorf("a third one like it: %v", err)
	}
	for _, category := range []string{"doors_windows", "hvac", "appliance", "masonry", "cleaning", "greening", "noise", "pest"} {
		got(open(category, false)).ok(t)
	}
	if _, err := open("parking", false); fault.CodeOf(err) != "tickets.limit_day" {
		t.Errorf("the eleventh of a day: %v", err)
	}
	for _, category := range []string{"plumbing", "parking", "gas"} {
		if urgent := got(open(category, true)).ok(t); urgent.GetPriority() != ticketsv1.Priority_PRIORITY_P1 {
			t.Errorf("an emergency is %s", urgent.GetPriority())
		}
	}
}

// A neighbour of the same building is shown the ticket to follow, without what it says, and another building is not.
func TestDuplicatesAreSuggestedToNeighbours(t *testing.T) {
	p := harness.Start(t)
	ticket := p.Open("p1", "plumbing")
	for n, want := range map[int]int{2: 1, 41: 0} {
		resident := harness.Tickets(p.Resident(fmt.Sprintf("p%d", n)))
		answer := got(resident.Similar(p.Context(), &ticketsv1.SimilarRequest{HomeId: fmt.Sprintf("h%d", n), Category: "plumbing"})).ok(t)
		if len(answer.GetSuggestions()) != want {
			t.Errorf("p%d is shown %v", n, answer.GetSuggestions())
		}
	}
	got(harness.Tickets(p.Resident("p2")).Follow(p.Context(), &ticketsv1.FollowRequest{Id: ticket.GetId()})).ok(t)
	got(harness.Tickets(p.Resident("p41")).Follow(p.Context(), &ticketsv1.FollowRequest{Id: ticket.GetId()})).refused(t, fault.NotFound)
	got(residentsv1.NewRegistryClient(p.Resident("p2")).GetHome(p.Context(), &residentsv1.GetHomeRequest{Id: "h1"})).refused(t, fault.NotFound)
}
