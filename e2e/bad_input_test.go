package e2e_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"image/jpeg"
	"maps"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	dispatchv1 "github.com/linlihub/linli/proto/gen/linli/dispatch/v1"
	ticketsv1 "github.com/linlihub/linli/proto/gen/linli/tickets/v1"

	"github.com/linlihub/linli/e2e/harness"
)

// wrong is a request that must be refused, and how.
type wrong struct {
	who, method, path, body string
	headers                 []string
	status                  int
	code                    string
}

// Whatever is sent, the answer is a problem with a stable code, in Chinese and in English, and nothing has changed.
func TestBadInputIsAProblemAndChangesNothing(t *testing.T) {
	p := harness.Start(t)
	p.OnDuty("t1", "t2")
	mine, closed := p.Open("p1", "plumbing"), p.Open("p2", "plumbing")
	visit, technician := p.Offer(closed.GetId())
	p.Work(visit, technician)
	p.Until(p.Resident("p2"), closed.GetId(), ticketsv1.State_STATE_FINISHED)
	got(harness.Tickets(p.Resident("p2")).Rate(p.Context(), &ticketsv1.RateRequest{Id: closed.GetId(), Stars: 5})).ok(t)
	offer, asked := p.Offer(mine.GetId())
	other := map[string]string{"t1": "t2", "t2": "t1"}[asked]
	first := got(harness.Tickets(p.Staff("m1")).List(p.Context(), &ticketsv1.ListRequest{PageSize: 1})).ok(t)
	tokens := map[string]string{"": "", "nonsense": "nonsense"}
	for _, id := range []string{"p1", "p2", "t1", "t2", "w1", "m1"} {
		tokens[id] = p.Token(id)
	}

	id, over := "/v1/tickets/"+mine.GetId(), "/v1/tickets/"+closed.GetId()
	wrongs := wrongTickets(id, over, first.GetNextPageToken())
	maps.Copy(wrongs, wrongVisits("/v1/visits/"+visit.GetId(), technician, "/v1/visits/"+offer.GetId(), asked, other))
	for name, c := range wrongs {
		t.Run(name, func(t *testing.T) {
			before := census(t, p)
			c.check(t, p, tokens[c.who])
			if diff := cmp.Diff(before, census(t, p)); diff != "" {
				t.Errorf("something has changed:\n%s", diff)
			}
		})
	}
}

// wrongTickets are requests about an open ticket, one that is over, photos and pages.
func wrongTickets(id, over, cursor string) map[string]wrong {
	open := func(home, words string) string {
		return fmt.Sprintf(`{"home_id":%q,"category":"plumbing","words":%q}`, home, words)
	}
	stale, anyone := []string{"If-Match", `"v1"`}, []string{"If-Match", "*"}
	return map[string]wrong{
		"a home nobody knows":              {"p1", "POST", "/v1/tickets", open("h999", "漏水"), nil, 404, "residents.home_not_found"},
		"a home of others":                 {"p1", "POST", "/v1/tickets", open("h2", "漏水"), nil, 404, "residents.home_not_found"},
		"no home":                          {"p1", "POST", "/v1/tickets", open("", "漏水"), nil, 400, "invalid"},
		"an unknown category":              {"p1", "POST", "/v1/tickets", `{"home_id":"h1","category":"magic"}`, nil, 400, "tickets.unknown_category"},
		"2 MB of words":                    {"p1", "POST", "/v1/tickets", open("h1", strings.Repeat("水", 700_000)), nil, 413, "gateway.body_too_large"},
		"2 MB of words, length untold":     {"p1", "POST", "/v1/tickets", open("h1", strings.Repeat("水", 700_000)), []string{"Transfer-Encoding", "chunked"}, 413, "gateway.body_too_large"},
		"too many words":                   {"p1", "POST", "/v1/tickets", open("h1", strings.Repeat("水", 2001)), nil, 400, "invalid"},
		"broken JSON":                      {"p1", "POST", "/v1/tickets", `{"home_id":"h1"`, nil, 400, "gateway.json"},
		"no JSON":                          {"p1", "POST", "/v1/tickets", "\xff\xfe\x00", nil, 400, "gateway.json"},
		"a list for a message":             {"p1", "POST", "/v1/tickets", `[]`, nil, 400, "gateway.json"},
		"a number for a text":              {"p1", "POST", "/v1/tickets", `{"home_id":1}`, nil, 400, "gateway.json"},
		"a text for a number":              {"p2", "POST", over + ":rate", `{"stars":"many"}`, nil, 400, "gateway.json"},
		"a fraction of a star":             {"p2", "POST", over + ":rate", `{"stars":4.5}`, nil, 400, "gateway.json"},
		"six stars":                        {"p2", "POST", over + ":rate", `{"stars":6}`, nil, 400, "invalid"},
		"an unknown enum":                  {"p1", "POST", "/v1/tickets", `{"home_id":"h1","kind":"KIND_WISH"}`, nil, 400, "gateway.json"},
		"an enum beyond the list":          {"p1", "POST", "/v1/tickets", `{"home_id":"h1","kind":77}`, nil, 400, "invalid"},
		"an unknown field":                 {"p1", "POST", "/v1/tickets", `{"home_id":"h1","discount":1}`, nil, 400, "gateway.json"},
		"half a character":                 {"p1", "POST", "/v1/tickets", "{\"home_id\":\"h1\",\"words\":\"\xe6\xb0\"}", nil, 400, "gateway.json"},
		"a NUL":                            {"p1", "POST", "/v1/tickets", `{"home_id":"h1\u0000"}`, nil, 400, "store.text"},
		"an unknown photo":                 {"p1", "POST", "/v1/tickets", `{"home_id":"h1","category":"plumbing","photo_ids":["x"]}`, nil, 422, "tickets.photo_unknown"},
		"for another, as a resident":       {"p1", "POST", "/v1/tickets", `{"home_id":"h1","category":"hvac","on_behalf_of":"p2"}`, nil, 403, "tickets.staff_only"},
		"for somebody who lives elsewhere": {"w1", "POST", "/v1/tickets", `{"home_id":"h1","category":"hvac","on_behalf_of":"p2"}`, nil, 422, "tickets.not_an_occupant"},
		"an unknown ticket":                {"p1", "GET", "/v1/tickets/none", "", nil, 404, "tickets.not_found"},
		"a ticket of others":               {"p1", "GET", over, "", nil, 404, "tickets.not_found"},
		"a very long id":                   {"p1", "GET", "/v1/tickets/" + strings.Repeat("x", 500), "", nil, 400, "invalid"},
		"urging a closed ticket":           {"p2", "POST", over + ":urge", `{}`, nil, 409, "tickets.closed"},
		"cancelling a closed ticket":       {"p2", "POST", over + ":cancel", `{}`, nil, 409, "tickets.closed"},
		"a second rating":                  {"p2", "POST", over + ":rate", `{"stars":1}`, nil, 409, "tickets.already_rated"},
		"rating too early":                 {"p1", "POST", id + ":rate", `{"stars":1}`, nil, 409, "tickets.not_finished"},
		"no If-Match":                      {"w1", "POST", id + ":pause", `{"reason":"PAUSE_REASON_PART_ORDERED"}`, nil, 428, "etag.missing"},
		"a stale version":                  {"w1", "POST", id + ":pause", `{"reason":"PAUSE_REASON_PART_ORDERED"}`, stale, 412, "stale"},
		"a malformed If-Match":             {"w1", "POST", id + ":pause", `{"reason":"PAUSE_REASON_PART_ORDERED"}`, []string{"If-Match", "v1"}, 400, "etag.malformed"},
		"an unlisted reason":               {"w1", "POST", id + ":pause", `{"reason":"PAUSE_REASON_UNSPECIFIED"}`, stale, 400, "invalid"},
		"an endless key":                   {"p1", "POST", "/v1/tickets", open("h1", ""), []string{"Idempotency-Key", strings.Repeat("k", 129)}, 400, "idempotency.malformed"},
		"a key with a space":               {"p1", "POST", "/v1/tickets", open("h1", ""), []string{"Idempotency-Key", "a b"}, 400, "idempotency.malformed"},
		"a cursor of another filter":       {"m1", "GET", "/v1/tickets?category=hvac&page_token=" + cursor, "", nil, 400, "page.token"},
		"a cursor that is none":            {"m1", "GET", "/v1/tickets?page_token=AAAA", "", nil, 400, "page.token"},
		"a page too large":                 {"m1", "GET", "/v1/tickets?page_size=100000", "", nil, 400, "invalid"},
		"a page that is no number":         {"m1", "GET", "/v1/tickets?page_size=ten", "", nil, 400, "gateway.query"},
		"no token":                         {"", "GET", "/v1/tickets", "", nil, 401, "unauthenticated"},
		"a forged token":                   {"nonsense", "GET", "/v1/tickets", "", nil, 401, "authz.token_invalid"},
		"what a role may not":              {"p1", "GET", "/v1/boards/d1", "", nil, 403, "denied"},
		"a district that helps itself":     {"m1", "POST", "/v1/boards/d1:help", `{"helper_ids":["d1"]}`, anyone, 400, "dispatch.help_circle"},
		"a helper nobody knows":            {"m1", "POST", "/v1/boards/d1:help", `{"helper_ids":["d999"]}`, anyone, 400, "dispatch.helper_unknown"},
		"help for a district of nobody":    {"m1", "POST", "/v1/boards/d999:help", `{"helper_ids":[]}`, anyone, 404, "not_found"},
		"help without If-Match":            {"m1", "POST", "/v1/boards/d1:help", `{"helper_ids":["d2"]}`, nil, 428, "etag.missing"},
		"help as of an older map":          {"m1", "POST", "/v1/boards/d1:help", `{"helper_ids":["d2"]}`, stale, 412, "stale"},
		"a helper without a name":          {"m1", "POST", "/v1/boards/d1:help", `{"helper_ids":[""]}`, anyone, 400, "invalid"},
		"a district of others":             {"w1", "GET", "/v1/boards/d2", "", nil, 404, "not_found"},
		"no such route":                    {"p1", "GET", "/v1/wishes", "", nil, 404, "gateway.no_route"},
		"no such method":                   {"p1", "DELETE", "/v1/tickets", "", nil, 405, "gateway.method"},
		"a stream of others":               {"p1", "GET", over + "/events", "", nil, 404, "tickets.not_found"},
		"a stream from nowhere":            {"p1", "GET", id + "/events", "", []string{"Last-Event-ID", "-1"}, 400, "gateway.last_event_id"},
		"a stream from a word":             {"p1", "GET", id + "/events?last_event_id=new", "", nil, 400, "gateway.last_event_id"},
		"20 MB of photo":                   {"p1", "POST", "/v1/photos", strings.Repeat("x", 20<<20), nil, 413, "gateway.body_too_large"},
		"a photo that is none":             {"p1", "POST", "/v1/photos", "GIF89a", nil, 400, "tickets.photo_format"},
		"an empty photo":                   {"p1", "POST", "/v1/photos", "", nil, 400, "invalid"},
		"a photo of others":                {"p1", "GET", "/v1/photos/none", "", nil, 404, "tickets.not_found"},
	}
}

// wrongVisits are requests about a visit that is over, an open offer and positions.
func wrongVisits(visit, technician, offer, asked, other string) map[string]wrong {
	return map[string]wrong{
		"another's offer":             {other, "POST", offer + ":accept", `{}`, nil, 404, "dispatch.visit_not_found"},
		"an unknown offer":            {other, "POST", "/v1/visits/none:accept", `{}`, nil, 404, "dispatch.visit_not_found"},
		"accepting twice":             {technician, "POST", visit + ":accept", `{}`, nil, 409, "dispatch.visit_over"},
		"finishing what is not begun": {asked, "POST", offer + ":finish", `{}`, nil, 409, "dispatch.wrong_state"},
		"declining without a reason":  {asked, "POST", offer + ":decline", `{}`, nil, 400, "invalid"},
		"a place beyond the poles":    {"t1", "POST", "/v1/positions", `{"point":{"lat":91,"lon":0}}`, nil, 400, "invalid"},
		"a time that never was":       {"t1", "POST", "/v1/positions", `{"point":{"lat":30,"lon":120},"at":"0000-00-00"}`, nil, 400, "gateway.json"},
	}
}

// check sends the request in both languages.
func (c wrong) check(t *testing.T, p *harness.Platform, token string) {
	t.Helper()
	details := map[string]string{}
	for _, language := range []string{"zh-CN", "en"} {
		answer := p.Send(c.method, c.path, token, []byte(c.body), append([]string{"Accept-Language", language, "Content-Type", "application/json"}, c.headers...)...)
		problem := answer.Problem()
		if answer.Status != c.status || problem.Code != c.code || problem.Status != c.status {
			t.Fatalf("%s: want %d %s, got %d %.600s", language, c.status, c.code, answer.Status, answer.Body)
		}
		if problem.Detail == "" || problem.Title == "" || problem.TraceID == "" || answer.Header.Get("Content-Language") != language {
			t.Errorf("the problem does not explain itself: %+v", problem)
		}
		details[language] = problem.Detail
	}
	if han := regexp.MustCompile(`\p{Han}`); !han.MatchString(details["zh-CN"]) || han.MatchString(details["en"]) {
		t.Errorf("the languages are mixed: %q", details)
	}
}

// census is all that a bad request might have touched: every ticket with its version, and the boards.
func census(t *testing.T, p *harness.Platform) map[string]string {
	t.Helper()
	counted := map[string]string{}
	for _, ticket := range got(harness.Tickets(p.Staff("m1")).List(p.Context(), &ticketsv1.ListRequest{PageSize: 200})).ok(t).GetTickets() {
		counted[ticket.GetId()] = ticket.GetEtag() + ticket.GetState().String()
	}
	board := got(harness.Boards(p.Staff("m1")).Get(p.Context(), &dispatchv1.GetBoardRequest{DistrictId: "d1"})).ok(t)
	for _, v := range board.GetVisits() {
		counted[v.GetId()] = v.GetState().String() + v.GetStaffId()
	}
	return counted
}

// What nobody knows and what is not for the caller is one answer, byte by byte, but for the path and the trace.
func TestForeignIsAnsweredLikeUnknown(t *testing.T) {
	p := harness.Start(t)
	foreign := p.Open("p2", "plumbing").GetId()
	for _, c := range []wrong{
		{who: "p1", method: "GET", path: "/v1/tickets/%s"},
		{who: "p1", method: "GET", path: "/v1/tickets/%s/story"},
		{who: "p1", method: "GET", path: "/v1/tickets/%s/events"},
		{who: "p1", method: "GET", path: "/v1/tickets/%s/position"},
		{who: "p1", method: "POST", path: "/v1/tickets/%s:cancel", body: "{}"},
		{who: "p1", method: "POST", path: "/v1/tickets/%s:rate", body: `{"stars":1}`},
		{who: "p41", method: "POST", path: "/v1/tickets/%s:follow", body: "{}"},
		{who: "w2", method: "GET", path: "/v1/tickets/%s"},
		{who: "w2", method: "GET", path: "/v1/tickets/%s/decisions"},
		{who: "t1", method: "GET", path: "/v1/tickets/%s"},
		{who: "w2", method: "POST", path: "/v1/tickets/%s:transfer", body: `{"staff_id":"t5","reason":"熟悉"}`},
	} {
		token := p.Token(c.who)
		var answers []string
		for _, id := range []string{foreign, "01a21489-0000-7000-8000-000000000000"} {
			answers = append(answers, plain(p.Send(c.method, fmt.Sprintf(c.path, id), token, []byte(c.body))))
		}
		if !strings.HasPrefix(answers[0], "Not Found ") || answers[0] != answers[1] {
			t.Errorf("%s %s %s:\n%s\n%s", c.who, c.method, c.path, answers[0], answers[1])
		}
	}
}

// One Idempotency-Key is one change, however often and however parallel it is sent; with another body it is refused.
func TestAnIdempotencyKeyIsOneChange(t *testing.T) {
	p := harness.Start(t)
	token := p.Token("p1")
	send := func(key, words string) harness.Answer {
		return p.Send("POST", "/v1/tickets", token, fmt.Appendf(nil, `{"home_id":"h1","category":"plumbing","words":%q}`, words), "Idempotency-Key", key)
	}
	first, again, other := send("k1", "漏水"), send("k1", "漏水"), send("k1", "滴水")
	if first.Status != 201 || again.Status != 201 || !bytes.Equal(first.Body, again.Body) {
		t.Errorf("the same request: %d %s\nand then %d %s", first.Status, first.Body, again.Status, again.Body)
	}
	if other.Status != 422 || other.Problem().Code != "idempotency.reused" {
		t.Errorf("another request: %d %s", other.Status, other.Body)
	}
	var all sync.WaitGroup
	answers := make([]harness.Answer, 20)
	for i := range answers {
		all.Go(func() { answers[i] = send("k2", "马桶堵了") })
	}
	all.Wait()
	opened := map[string]bool{}
	for _, a := range answers {
		switch { // one that comes while the first runs waits for its answer, or is told to come again
		case a.Status == 201:
			opened[string(a.Body)] = true
		case a.Status != 409 || a.Problem().Code != "idempotency.running":
			t.Errorf("%d %s", a.Status, a.Body)
		}
	}
	if len(opened) != 1 || len(census(t, p)) != 2 {
		t.Errorf("%d answers to one key, %d tickets", len(opened), len(census(t, p)))
	}
}

// A technician whose watch is wrong is where the server says, when the server says.
func TestAClockThatIsWrongChangesNothing(t *testing.T) {
	p := harness.Start(t)
	p.OnDuty("t1")
	ticket := p.Open("p1", "plumbing")
	visit, technician := p.Offer(ticket.GetId())
	got(harness.Visits(p.Staff(technician)).Accept(p.Context(), &dispatchv1.AcceptRequest{Id: visit.GetId()})).ok(t)
	got(harness.Visits(p.Staff(technician)).Depart(p.Context(), &dispatchv1.DepartRequest{Id: visit.GetId()})).ok(t)
	token := p.Token(technician)
	for _, at := range []string{"1970-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z"} {
		if a := p.Send("POST", "/v1/positions", token, []byte(`{"point":{"lat":30.2,"lon":120.2},"at":"`+at+`"}`)); a.Status != 200 {
			t.Fatalf("%s: %d %s", at, a.Status, a.Body)
		}
		seen := got(harness.Positions(p.Resident("p1")).Get(p.Context(), &dispatchv1.GetPositionRequest{TicketId: ticket.GetId()})).ok(t)
		if seen.GetAt().AsTime().Before(visit.GetOfferedAt().AsTime()) || seen.GetAt().AsTime().Year() > 2900 {
			t.Errorf("with a watch at %s the position is of %s", at, seen.GetAt().AsTime())
		}
	}
}

// Where and with what a photo was taken does not survive the upload.
func TestAPhotoLosesItsExif(t *testing.T) {
	p := harness.Start(t)
	var plain bytes.Buffer
	if err := jpeg.Encode(&plain, image.NewRGBA(image.Rect(0, 0, 32, 16)), nil); err != nil {
		t.Fatal(err)
	}
	secret := "GPS 30.2799N 120.1551E 13912345678"
	segment := append([]byte{0xff, 0xe1, 0, byte(2 + 6 + len(secret))}, "Exif\x00\x00"+secret...)
	photo := append(append([]byte{0xff, 0xd8}, segment...), plain.Bytes()[2:]...)
	token := p.Token("p1")
	up := p.Send("POST", "/v1/photos", token, append(photo, secret...))
	var kept struct{ ID string }
	if err := json.Unmarshal(up.Body, &kept); err != nil || up.Status != 201 {
		t.Fatalf("%d %s", up.Status, up.Body)
	}
	down := p.Send("GET", "/v1/photos/"+kept.ID, token, nil)
	if _, err := jpeg.Decode(bytes.NewReader(down.Body)); err != nil || down.Status != 200 {
		t.Fatalf("%d %v", down.Status, err)
	}
	if bytes.Contains(down.Body, []byte("Exif")) || bytes.Contains(down.Body, []byte("GPS")) {
		t.Error("the photo still tells where it was taken")
	}
	if a := p.Send("GET", "/v1/photos/"+kept.ID, p.Token("p2"), nil); a.Status != 404 {
		t.Errorf("a neighbour gets it: %d", a.Status)
	}
}
