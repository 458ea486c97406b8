package e2e_test

import (
	"fmt"
	"net/http"
	"slices"
	"testing"

	"github.com/linlihub/linli/libs/client"
	"github.com/linlihub/linli/libs/fault"
	dispatchv1 "github.com/linlihub/linli/proto/gen/linli/dispatch/v1"

	"github.com/linlihub/linli/e2e/harness"
)

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
	first := seen()
	if len(first.GetHelps()) != 2 || len(first.GetLoans()) != 0 {
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
	token, etag := p.Token("m1"), p.Send(http.MethodGet, "/v1/boards:help", p.Token("m1"), nil).Header.Get("ETag")
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
	sent := got(harness.Visits(p.Staff("w1")).Assign(p.Context(), &dispatchv1.AssignRequest{TicketId: other.GetId(), StaffId: "t5", Reason: "离得最近"})).ok(t)
	if sent.GetStaffId() != "t5" {
		t.Errorf("by hand: %v", sent)
	}
}
