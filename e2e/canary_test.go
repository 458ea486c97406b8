package e2e_test

import (
	"bytes"
	"fmt"
	"image"
	"image/jpeg"
	"net/http"
	"strings"
	"testing"

	dispatchv1 "github.com/linlihub/linli/proto/gen/linli/dispatch/v1"
	residentsv1 "github.com/linlihub/linli/proto/gen/linli/residents/v1"
	ticketsv1 "github.com/linlihub/linli/proto/gen/linli/tickets/v1"

	"github.com/linlihub/linli/e2e/harness"
)

// told is what people write into every field of words, though nobody asked for it.
var told = fmt.Sprintf("我是%s，电话%s，证件%s，%s", harness.Name, harness.Phone("p1"), harness.IDNumber, harness.DoorCode)

// numbers is what a technician may write into words that travel on: of a number only a mask is kept.
var numbers = fmt.Sprintf("电话%s，证件%s", harness.Phone("p1"), harness.IDNumber)

// Whatever people tell the platform, it tells on to nobody who does not have to know: not in its logs, even when they tell most,
// nor in a span, a record of Kafka or a refusal. Every platform of these journeys is held against the canaries of its community
// when it ends; here they are also written wherever something can be written.
func TestNothingTellsACanary(t *testing.T) {
	p := harness.Start(t, "--log-level", "debug")
	p.OnDuty("t1")
	ticket := tellInWords(p, t)
	wrongly(p)
	left := p.Left()
	for name, seen := range map[string]bool{ // else there was nothing to find it in
		"log lines":      strings.Count(left.Logs, "tickets.v1.Tickets/Open") > 0,
		"spans":          strings.Count(left.Spans, "tickets.v1.Tickets/Open") > 0,
		"records":        strings.Contains(left.Records["tickets.ticket.v1"], ticket) && strings.Contains(left.Records["hr.staff.v1"], "t1"),
		"masked reports": strings.Contains(left.Records["dispatch.visit.v1"], "199****0001"),
		"refusals":       left.Refused >= len(wrongRequests()),
	} {
		if !seen {
			t.Errorf("the platform has left no %s", name)
		}
	}
}

// tellInWords takes a ticket through its life, with too much told in every field.
func tellInWords(p *harness.Platform, t *testing.T) string {
	t.Helper()
	resident, ctx := harness.Tickets(p.Resident("p1")), p.Context()
	ticket := got(resident.Open(ctx, &ticketsv1.OpenRequest{HomeId: "h1", Category: "plumbing", Words: told, Source: "app"})).ok(t).GetId()
	visit, technician := p.Offer(ticket)
	got(harness.Visits(p.Staff(technician)).Decline(ctx, &dispatchv1.DeclineRequest{Id: visit.GetId(), Reason: told})).ok(t)
	p.Until(p.Resident("p1"), ticket, ticketsv1.State_STATE_OPENED)
	p.Eventually("the ticket waits again", func() error {
		_, err := harness.Visits(p.Staff("w1")).Assign(ctx, &dispatchv1.AssignRequest{TicketId: ticket, StaffId: "t1", Reason: told})
		return err
	})
	got(resident.Urge(ctx, &ticketsv1.UrgeRequest{Id: ticket, Words: told})).ok(t)
	visit, technician = p.Offer(ticket)
	p.Reach(visit, technician)
	seen := p.Until(p.Resident("p1"), ticket, ticketsv1.State_STATE_ON_SITE)
	paused := got(harness.Tickets(p.Staff(technician)).Pause(ctx, &ticketsv1.PauseRequest{
		Id: ticket, Reason: ticketsv1.PauseReason_PAUSE_REASON_PART_ORDERED, Words: told,
	}, harness.IfMatch(seen.GetEtag()))).ok(t)
	got(harness.Tickets(p.Staff(technician)).Resume(ctx, &ticketsv1.ResumeRequest{Id: ticket}, harness.IfMatch(paused.GetEtag()))).ok(t)
	p.Eventually("the work goes on", func() error {
		_, err := harness.Visits(p.Staff(technician)).Finish(ctx, &dispatchv1.FinishRequest{Id: visit.GetId(), Words: numbers, Materials: numbers})
		return err
	})
	p.Until(p.Resident("p1"), ticket, ticketsv1.State_STATE_FINISHED)
	got(resident.Reopen(ctx, &ticketsv1.ReopenRequest{Id: ticket, Words: told})).ok(t)
	again, technician := p.Offer(ticket)
	p.Work(again, technician)
	p.Until(p.Resident("p1"), ticket, ticketsv1.State_STATE_FINISHED)
	got(resident.Rate(ctx, &ticketsv1.RateRequest{Id: ticket, Stars: 5, Words: told})).ok(t)
	other := p.Open("p1", "cleaning").GetId()
	got(resident.Cancel(ctx, &ticketsv1.CancelRequest{Id: other, Reason: told})).ok(t)
	got(residentsv1.NewRegistryClient(p.Staff("w1")).RevealContact(ctx, &residentsv1.RevealContactRequest{PersonId: "p1", Reason: told})).ok(t)
	photograph(p, t)
	return ticket
}

// photograph uploads a picture that tells more than its pixels.
func photograph(p *harness.Platform, t *testing.T) {
	t.Helper()
	var picture bytes.Buffer
	if err := jpeg.Encode(&picture, image.NewRGBA(image.Rect(0, 0, 8, 8)), nil); err != nil {
		t.Fatal(err)
	}
	if a := p.Send(http.MethodPost, "/v1/photos", p.Token("p1"), append(picture.Bytes(), told...)); a.Status != http.StatusCreated {
		t.Errorf("%d %s", a.Status, a.Body)
	}
}

// wrongRequests are refused: path and body of a POST, or a path alone.
func wrongRequests() map[string]string {
	phone := harness.Phone("p1")
	return map[string]string{
		"/v1/sessions":         fmt.Sprintf(`{"phone":%q,"code":"000000"}`, phone),
		"/v1/sessions?a":       fmt.Sprintf(`{"username":"t1","password":"%s!"}`, harness.Password),
		"/v1/sessions?b":       fmt.Sprintf(`{"phone":%q,"code":%q}`, "x"+phone, phone),
		"/v1/sessions?c":       fmt.Sprintf(`{"phone":%q,"password":%q}`, phone, harness.Password),
		"/v1/sessions?d":       fmt.Sprintf(`{"username":%q,"password":%q}`, harness.Name, harness.Password),
		"/v1/sessions:refresh": fmt.Sprintf(`{"refresh_token":%q}`, harness.Password),
		"/v1/otps":             fmt.Sprintf(`{"phone":"%s9"}`, phone),
		"/v1/tickets":          fmt.Sprintf(`{"home_id":"h1","words":%q`, told),
		"/v1/tickets?a":        fmt.Sprintf(`{"home_id":"h1","wishes":%q}`, told),
		"/v1/tickets?b":        fmt.Sprintf(`{"home_id":"h1","kind":%q}`, told),
		"/v1/tickets?c":        fmt.Sprintf(`{"home_id":%q,"category":"plumbing"}`, told),
		"/v1/tickets?d":        fmt.Sprintf(`{"home_id":"h1","category":"plumbing","on_behalf_of":%q}`, phone),
		"/v1/tickets?e":        fmt.Sprintf(`{"home_id":"h1","words":%q}`, strings.Repeat(told, 50)),
		"/v1/registry:import":  fmt.Sprintf(`{"people":[{"id":"x","name":%q,"phone":"%s"}],"occupants":[{"home_id":"none","person_id":"x","role":"HOME_ROLE_OWNER"}]}`, harness.Name, phone),
		"/v1/registry:import?": fmt.Sprintf(`{"people":[{"id":"x","name":%q,"phone":"%s0"}]}`, harness.Name, phone),
		"/v1/staff:import":     fmt.Sprintf(`{"staff":[{"employee":{"id":"x","name":"x","full_name":%q,"phone":%q},"username":"t1","password":%q}]}`, harness.FullName, phone, harness.Password),
		"/v1/staff:import?":    fmt.Sprintf(`{"staff":[{"employee":{"id":"x","name":"x","roles":[%q]},"username":"x","password":%q}]}`, harness.FullName, harness.Password),
	}
}

func wrongly(p *harness.Platform) {
	tokens := map[string]string{"/v1/tickets": p.Token("p1"), "/v1/registry:import": p.AdminToken(), "/v1/staff:import": p.AdminToken()}
	for path, body := range wrongRequests() {
		bare, _, _ := strings.Cut(path, "?")
		a := p.Send(http.MethodPost, path, tokens[bare], []byte(body), "Idempotency-Key", harness.Phone("p1"))
		if a.Status < 400 || a.Status >= 500 {
			p.T().Errorf("%s %s: %d %s", path, body, a.Status, a.Body)
		}
	}
	for _, path := range []string{"/v1/me/events?last_event_id=x&access_token=", "/v1/me/events?access_token=x"} {
		p.Send(http.MethodGet, path+tokens["/v1/tickets"], "", nil)
	}
}
