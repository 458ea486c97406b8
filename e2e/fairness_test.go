package e2e_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	dispatchv1 "github.com/linlihub/linli/proto/gen/linli/dispatch/v1"

	"github.com/linlihub/linli/e2e/harness"
)

// Who did what is shown to the manager for all, and to a technician for themselves, beside a median that hides fewer than three.
func TestTheLoadIsShownToWhomItIsFor(t *testing.T) {
	p := harness.Start(t)
	p.OnDuty("t1")
	ticket := p.Open("p1", "plumbing")
	visit, who := p.Offer(ticket.GetId())
	p.Work(visit, who)
	of := func(c string) *dispatchv1.Loads {
		return got(harness.Boards(p.Staff(c)).ListLoads(p.Context(), &dispatchv1.ListLoadsRequest{DistrictId: "d1"})).ok(t)
	}
	p.Eventually("the manager sees the job", func() error {
		all := of("m1")
		if len(all.GetLoads()) != harness.Technicians || all.GetLoads()[0].GetStaffId() != "t1" || all.GetLoads()[0].GetToday().GetJobs() != 1 ||
			all.GetLoads()[0].GetWeek().GetKilometres() <= 0 {
			return fmt.Errorf("%v", all)
		}
		return nil
	})
	day := got(harness.Visits(p.Staff("t1")).GetDay(p.Context(), &dispatchv1.GetDayRequest{})).ok(t)
	if len(day.GetVisits()) != 1 || day.GetVisits()[0].GetTicketId() != ticket.GetId() || len(day.GetLoads()) != 1 {
		t.Fatalf("the day of t1: %v", day)
	}
	own := day.GetLoads()[0]
	if len(own.GetLoads()) != 1 || own.GetLoads()[0].GetToday().GetJobs() != 1 || own.GetMedianToday() != nil { // t1 alone is on duty
		t.Errorf("t1 sees %v", own)
	}
	p.OnDuty("t2", "t3")
	p.Eventually("t2 is told the median of three", func() error {
		own := got(harness.Visits(p.Staff("t2")).GetDay(p.Context(), &dispatchv1.GetDayRequest{})).ok(t).GetLoads()
		if len(own) != 1 || len(own[0].GetLoads()) != 1 || own[0].GetLoads()[0].GetStaffId() != "t2" || own[0].GetMedianToday() == nil {
			return fmt.Errorf("%v", own)
		}
		return nil
	})
}

// What is no district, or not the caller's, is refused, and what does not fit is named.
func TestLoadsAndWhatIfRefuseByTheField(t *testing.T) {
	p := harness.Start(t)
	for _, id := range []string{"w2", "t1", "m1"} { // waits until the accounts are there
		p.Staff(id)
	}
	p.Resident("p1")
	whatIf := "/v1/boards/d1/what-if?day=2026-03-07&from_hour=8&to_hour=12&fewer="
	for name, c := range map[string]struct {
		who, path string
		status    int
		code      string
		field     string
	}{
		"loads of a district of others":   {"w2", "/v1/boards/d1/loads", http.StatusForbidden, "denied", ""}, // a steward may not at all
		"loads for a technician":          {"t1", "/v1/boards/d1/loads", http.StatusForbidden, "denied", ""},
		"loads of a district of nobody":   {"m1", "/v1/boards/d999/loads", http.StatusNotFound, "not_found", ""},
		"loads of a very long district":   {"m1", "/v1/boards/" + strings.Repeat("d", 99) + "/loads", http.StatusBadRequest, "invalid", "district_id"},
		"the day of a resident":           {"p1", "/v1/me/day", http.StatusForbidden, "denied", ""},
		"the map of help for a resident":  {"p1", "/v1/boards:help", http.StatusForbidden, "denied", ""},
		"fewer than an int can say":       {"m1", whatIf + "5000000000", http.StatusBadRequest, "gateway.query", "fewer"},
		"fewer by half a person":          {"m1", whatIf + "0.5", http.StatusBadRequest, "gateway.query", "fewer"},
		"fewer in words":                  {"m1", whatIf + "two", http.StatusBadRequest, "gateway.query", "fewer"},
		"fewer, twice":                    {"m1", whatIf + "1&fewer=2", http.StatusBadRequest, "gateway.query", "fewer"},
		"fewer than a rule allows":        {"m1", whatIf + "21", http.StatusBadRequest, "invalid", "fewer"},
		"a query that cannot be read":     {"m1", whatIf + "%zz", http.StatusBadRequest, "gateway.query_form", ""},
		"a page of tickets that is a day": {"m1", "/v1/tickets?page_size=2026-03-07", http.StatusBadRequest, "gateway.query", "page_size"},
	} {
		answer := p.Send(http.MethodGet, c.path, p.Token(c.who), nil)
		problem, field := answer.Problem(), ""
		if len(problem.Errors) > 0 {
			field = problem.Errors[0].Field
		}
		if answer.Status != c.status || problem.Code != c.code || field != c.field || problem.Detail == "" {
			t.Errorf("%s: %d %s names %q: %.400s", name, answer.Status, problem.Code, field, answer.Body)
		}
	}
}
