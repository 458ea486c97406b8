package e2e_test

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"testing"

	"github.com/linlihub/linli/libs/client"
	"github.com/linlihub/linli/libs/fault"
	dispatchv1 "github.com/linlihub/linli/proto/gen/linli/dispatch/v1"

	"github.com/linlihub/linli/e2e/harness"
)

// bothDistricts waits until dispatch has heard of both, and answers the map of help.
func bothDistricts(t *testing.T, p *harness.Platform) (seen *dispatchv1.HelpMap) {
	t.Helper()
	boards := harness.Boards(p.Staff("m1"))
	p.Eventually("both districts have a board", func() error {
		if seen = got(boards.GetHelp(p.Context(), &dispatchv1.GetHelpRequest{})).ok(t); len(seen.GetHelps()) != 2 {
			return fmt.Errorf("%v", seen)
		}
		return nil
	})
	return seen
}

// A manager reads who helps whom, changes it, and sees who is lent; of two managers who saw the same map the second is told so.
func TestAManagerSeesAndChangesWhoHelpsWhom(t *testing.T) {
	p := harness.Start(t)
	boards := harness.Boards(p.Staff("m1"))
	seen := func() *dispatchv1.HelpMap {
		return got(boards.GetHelp(p.Context(), &dispatchv1.GetHelpRequest{})).ok(t)
	}
	set := func(etag, district string, helpers ...string) result[*dispatchv1.Help] {
		return got(boards.SetHelp(p.Context(), &dispatchv1.SetHelpRequest{DistrictId: district, HelperIds: helpers}, client.IfMatch(etag)))
	}
	first := bothDistricts(t, p)
	if len(first.GetLoans()) != 0 {
		t.Fatalf("at first: %v", first)
	}
	answer := p.Send(http.MethodGet, "/v1/boards:help", p.Token("m1"), nil)
	if answer.Header.Get("ETag") != first.GetEtag() || answer.Status != http.StatusOK {
		t.Errorf("%d, ETag %s, want %s", answer.Status, answer.Header.Get("ETag"), first.GetEtag())
	}
	changed := set(first.GetEtag(), "d1", "d2").ok(t)
	set(first.GetEtag(), "d2").refused(t, fault.Stale)
	set(changed.GetEtag(), "d2", "d1").refused(t, fault.Invalid) // a circle
	now := seen()
	if now.GetEtag() != changed.GetEtag() || !slices.Equal(now.GetHelps()[0].GetHelperIds(), []string{"d2"}) || !slices.Equal(now.GetHelps()[1].GetHelpedIds(), []string{"d1"}) {
		t.Errorf("after one change: %v", now)
	}
	// A steward of one district sees that one only.
	if of := got(harness.Boards(p.Staff("w2")).GetHelp(p.Context(), &dispatchv1.GetHelpRequest{})).ok(t).GetHelps(); len(of) != 1 || of[0].GetDistrictId() != "d2" {
		t.Errorf("w2 sees %v", of)
	}
}

// A repeat of a change whose answer was lost is the same change, not one that comes too late.
func TestAHelpThatIsSentAgainIsNotStale(t *testing.T) {
	p := harness.Start(t)
	bothDistricts(t, p)
	token := p.Token("m1")
	etag := p.Send(http.MethodGet, "/v1/boards:help", token, nil).Header.Get("ETag")
	send := func(key string) harness.Answer {
		return p.Send(http.MethodPost, "/v1/boards/d1:help", token, []byte(`{"helper_ids":["d2"]}`), "If-Match", etag, "Idempotency-Key", key)
	}
	once, again, other := send("a"), send("a"), send("b")
	if once.Status != http.StatusOK || string(again.Body) != string(once.Body) || again.Header.Get("ETag") != once.Header.Get("ETag") {
		t.Errorf("once %d %s, again %d %s", once.Status, once.Body, again.Status, again.Body)
	}
	if other.Status != http.StatusPreconditionFailed {
		t.Errorf("another change of the old map: %d %s", other.Status, other.Body)
	}
}

// Who is lent is shown with their home, what they do and until when, and can be sent by hand like anybody of the district.
func TestWhoIsLentIsShown(t *testing.T) {
	p := harness.Start(t)
	boards := harness.Boards(p.Staff("m1"))
	bothDistricts(t, p)
	got(boards.SetHelp(p.Context(), &dispatchv1.SetHelpRequest{DistrictId: "d1", HelperIds: []string{"d2"}}, client.IfMatch("*"))).ok(t)
	p.OnDuty("t5")
	ticket := p.Open("p1", "plumbing")
	visit, technician := p.Offer(ticket.GetId())
	if technician != "t5" {
		t.Fatalf("offered to %s", technician)
	}
	p.Reach(visit, technician)
	for _, who := range []string{"m1", "w1", "w2"} { // both ends
		p.Eventually(who+" sees the loan", func() error {
			loans := got(harness.Boards(p.Staff(who)).GetHelp(p.Context(), &dispatchv1.GetHelpRequest{})).ok(t).GetLoans()
			if len(loans) != 1 || loans[0].GetStaffId() != "t5" || loans[0].GetHomeDistrictId() != "d2" || loans[0].GetDistrictId() != "d1" ||
				!slices.Equal(loans[0].GetTicketNumbers(), []string{ticket.GetNumber()}) || loans[0].GetBusyUntil() == nil {
				return fmt.Errorf("%v", loans)
			}
			return nil
		})
	}
	other := p.Open("p3", "plumbing")
	p.Eventually("t5 is sent by hand", func() error { // dispatch hears of the ticket a moment later, and may be quicker than the steward
		hand, reason := harness.Visits(p.Staff("w1")), "离得最近"
		sent, err := hand.Assign(p.Context(), &dispatchv1.AssignRequest{TicketId: other.GetId(), StaffId: "t5", Reason: reason})
		if errors.Is(err, fault.Conflict) {
			sent, err = hand.Transfer(p.Context(), &dispatchv1.TransferRequest{TicketId: other.GetId(), StaffId: "t5", Reason: reason})
		}
		if err == nil && sent.GetStaffId() != "t5" {
			t.Errorf("by hand: %v", sent)
		}
		return err
	})
}
