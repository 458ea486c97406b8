package e2e_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	ticketsv1 "github.com/linlihub/linli/proto/gen/linli/tickets/v1"

	"github.com/linlihub/linli/e2e/harness"
)

// personal finds a mobile phone number or an identity number that nobody has masked (DOMAIN 21), standing by itself: not in
// the middle of an id or of a fraction.
var personal = regexp.MustCompile(`(?:^|[^0-9A-Za-z.\-])((?:\+?86)?1[3-9]\d{9}|[1-9]\d{16}[\dXx])(?:[^0-9A-Za-z\-]|$)`)

// callers are one of each role: who lives there, a neighbour in another district, who works there and elsewhere, and nobody.
var callers = []string{"p1", "p41", "t1", "t5", "w1", "w2", "m1", ""}

// No answer to any reading operation shows a number to anybody, and what is foreign is answered like what is unknown.
func TestNoAnswerShowsANumber(t *testing.T) {
	p := harness.Start(t)
	p.OnDuty("t1")
	ticket := p.Open("p1", "plumbing").GetId()
	visit, technician := p.Offer(ticket)
	p.Work(visit, technician)
	p.Until(p.Resident("p1"), ticket, ticketsv1.State_STATE_FINISHED)
	real := map[string]string{
		"district_id": "d1", "community_id": "c1", "building_id": "b1", "home_id": "h1", "ticket_id": ticket,
		"homes": "h1", "tickets": ticket, "visits": visit.GetId(), "staff": "t1", "photos": "none", "districts": "d1",
	}
	answered := map[string]int{}
	for _, who := range callers {
		token := ""
		if who != "" {
			token = p.Token(who)
		}
		for _, path := range reading(t, p) {
			answer := p.Send(http.MethodGet, fill(path, real, nil), token, nil)
			if found := personal.FindSubmatch(answer.Body); found != nil {
				t.Errorf("%q reads %s in %s", who, found[1], path)
			}
			if answer.Status >= 500 || answer.Status >= 400 && answer.Problem().Code == "" {
				t.Errorf("%q asks for %s: %d %s", who, path, answer.Status, answer.Body)
			}
			if answer.Status == http.StatusOK {
				answered[path]++
			}
			if foreign := map[string]bool{"p41": true, "t5": true, "w2": true}; foreign[who] && strings.Contains(path, "{") {
				unknown := p.Send(http.MethodGet, fill(path, real, new("none")), token, nil)
				if a, b := plain(answer), plain(unknown); a != b {
					t.Errorf("%q tells in %s what is foreign from what is unknown:\n%s\n%s", who, path, a, b)
				}
			}
		}
	}
	for _, path := range reading(t, p) {
		if answered[path] == 0 && !strings.HasPrefix(path, "/v1/photos") && !strings.HasSuffix(path, "/position") {
			t.Errorf("nobody could read %s: the crawl saw nothing of it", path)
		}
	}
}

// A masked number is one that the crawl lets pass, and an open one is not.
func TestTheCrawlKnowsANumberWhenItSeesOne(t *testing.T) {
	for text, want := range map[string]bool{
		`"phone":"13912345678"`: true, "电话13912345678。": true, "+8613912345678": true, `"id":"11010519491231002X"`: true,
		`"phone":"139****5678"`: false, "01a21489-402b-7ece-b676-139123456789": false, "0.13912345678": false, `"seconds":"1795640868"`: false,
	} {
		if personal.MatchString(text) != want {
			t.Errorf("%s: %t", text, !want)
		}
	}
}

// reading lists the paths of every GET operation that ends: streams carry what the feeds of notices do.
func reading(t *testing.T, p *harness.Platform) []string {
	t.Helper()
	var document struct {
		Paths map[string]map[string]json.RawMessage
	}
	if err := json.Unmarshal(p.Send(http.MethodGet, "/openapi.json", "", nil).Body, &document); err != nil {
		t.Fatal(err)
	}
	maps.DeleteFunc(document.Paths, func(path string, operations map[string]json.RawMessage) bool {
		return operations["get"] == nil || strings.HasSuffix(path, "/events") || strings.HasSuffix(path, "z")
	})
	return slices.Sorted(maps.Keys(document.Paths))
}

var parameter = regexp.MustCompile(`/(\w+)/\{(\w+)\}`)

// fill puts ids into a path, each by its own name or, where it is just {id}, by that of the collection; instead, if not nil,
// goes in for all.
func fill(path string, ids map[string]string, instead *string) string {
	if path == "/v1/tickets:similar" {
		home := ids["homes"]
		if instead != nil {
			home = *instead
		}
		return path + "?category=plumbing&home_id=" + home
	}
	return parameter.ReplaceAllStringFunc(path, func(part string) string {
		names := parameter.FindStringSubmatch(part)
		id := ids[names[2]]
		if names[2] == "id" {
			id = ids[names[1]]
		}
		if instead != nil {
			id = *instead
		}
		return "/" + names[1] + "/" + id
	})
}

var ofThisRequest = regexp.MustCompile(`"(instance|trace_id)":"[^"]*"`)

// plain is an answer without what is of this one request only.
func plain(a harness.Answer) string {
	return http.StatusText(a.Status) + " " + string(ofThisRequest.ReplaceAll(a.Body, nil))
}
