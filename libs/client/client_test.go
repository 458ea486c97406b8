package client_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/testing/protocmp"

	"github.com/linlihub/linli/libs/client"
	"github.com/linlihub/linli/libs/fault"
	commonv1 "github.com/linlihub/linli/proto/gen/linli/common/v1"
	identityv1 "github.com/linlihub/linli/proto/gen/linli/identity/v1"
	residentsv1 "github.com/linlihub/linli/proto/gen/linli/residents/v1"
	ticketsv1 "github.com/linlihub/linli/proto/gen/linli/tickets/v1"
)

// seen is a request as it went over the wire.
type seen struct {
	Line, Body       string
	Key, Match, Auth string
}

// desk is a server that answers what the test wants and keeps what it was asked.
type desk struct {
	mu     sync.Mutex
	seen   []seen
	answer func(nth int, w http.ResponseWriter, r *http.Request)
}

func (d *desk) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	d.mu.Lock()
	d.seen = append(d.seen, seen{
		Line: r.Method + " " + r.RequestURI, Body: string(body), Key: r.Header.Get("Idempotency-Key"),
		Match: r.Header.Get("If-Match"), Auth: r.Header.Get("Authorization"),
	})
	nth := len(d.seen)
	d.mu.Unlock()
	d.answer(nth, w, r)
}

func (d *desk) requests() []seen {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.seen)
}

func open(t *testing.T, answer func(int, http.ResponseWriter, *http.Request), options ...client.Option) (*client.Client, *desk) {
	t.Helper()
	d := &desk{answer: answer}
	server := httptest.NewServer(d)
	t.Cleanup(server.Close)
	c, err := client.New(server.URL, options...)
	if err != nil {
		t.Fatal(err)
	}
	return c, d
}

func say(text string) func(int, http.ResponseWriter, *http.Request) {
	return func(_ int, w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, text) }
}

func problem(w http.ResponseWriter, status int, code string) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]any{"code": code, "detail": "不行", "status": status})
}

func TestAddressesThatAreNone(t *testing.T) {
	for _, base := range []string{"", "127.0.0.1:8080", "ftp://x", "http://", "http://%zz"} {
		if _, err := client.New(base); err == nil {
			t.Errorf("New(%q) took it", base)
		}
	}
}

func TestRequestsAreMadeAsTheProtoDeclares(t *testing.T) {
	c, d := open(t, say(`{}`))
	tickets := ticketsv1.NewTicketsClient(c)
	registry := residentsv1.NewRegistryClient(c)
	for _, call := range []func() error{
		func() error {
			_, err := tickets.Open(t.Context(), &ticketsv1.OpenRequest{HomeId: "h1", Words: "漏水"}, client.Key("k1"))
			return err
		},
		func() error {
			_, err := tickets.Pause(t.Context(), &ticketsv1.PauseRequest{Id: "a/b 1", Reason: 1}, client.Key("k2"), client.IfMatch("7"))
			return err
		},
		func() error {
			_, err := tickets.Resume(t.Context(), &ticketsv1.ResumeRequest{Id: "t1"}, client.Key("k3"), client.IfMatch("*"))
			return err
		},
		func() error {
			_, err := tickets.List(t.Context(), &ticketsv1.ListRequest{DistrictId: "d1", States: []ticketsv1.State{1, 7}, PageSize: 5})
			return err
		},
		func() error {
			_, err := registry.ListCommunities(t.Context(), &residentsv1.ListCommunitiesRequest{DistrictId: "d1"})
			return err
		},
	} {
		if err := call(); err != nil {
			t.Fatal(err)
		}
	}
	want := []seen{
		{Line: "POST /v1/tickets", Body: `{"home_id":"h1","words":"漏水"}`, Key: "k1"},
		{Line: "POST /v1/tickets/a%2Fb%201:pause", Body: `{"reason":"PAUSE_REASON_WAITING_RESIDENT"}`, Key: "k2", Match: `"7"`},
		{Line: "POST /v1/tickets/t1:resume", Body: `{}`, Key: "k3", Match: `*`},
		{Line: "GET /v1/tickets?district_id=d1&page_size=5&states=STATE_OPENED&states=STATE_FINISHED"},
		{Line: "GET /v1/districts/d1/communities"},
	}
	got := d.requests()
	for i := range got { // protojson varies its spaces on purpose
		got[i].Body = strings.ReplaceAll(got[i].Body, " ", "")
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestAnswersAndTheirHeadersAreRead(t *testing.T) {
	c, _ := open(t, func(_ int, w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("ETag", `"3"`)
		_, _ = io.WriteString(w, `{"id":"t1","state":"STATE_ON_SITE","clocks":{"t1_seconds":"12"},"place":{"point":{"lat":30.1}},"unheard_of":1}`)
	})
	var header metadata.MD
	got, err := ticketsv1.NewTicketsClient(c).Get(t.Context(), &ticketsv1.GetRequest{Id: "t1"}, grpc.Header(&header))
	if err != nil {
		t.Fatal(err)
	}
	want := &ticketsv1.Ticket{
		Id: "t1", State: ticketsv1.State_STATE_ON_SITE, Clocks: &ticketsv1.Clocks{T1Seconds: 12},
		Place: &commonv1.Place{Point: &commonv1.Point{Lat: 30.1}},
	}
	if diff := cmp.Diff(want, got, protocmp.Transform()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{`"3"`}, header.Get("etag")); diff != "" {
		t.Error(diff)
	}
}

func TestProblemsBecomeFaults(t *testing.T) {
	c, _ := open(t, func(_ int, w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusConflict)
		_, _ = io.WriteString(w, `{"code":"tickets.closed","detail":"该工单已关闭","values":{"state":"closed"},"errors":[{"field":"id","detail":"x"}]}`)
	})
	_, err := ticketsv1.NewTicketsClient(c).Get(t.Context(), &ticketsv1.GetRequest{Id: "t1"})
	if !errors.Is(err, fault.Conflict) || fault.CodeOf(err) != "tickets.closed" || fault.TextOf(err, fault.ZH) != "该工单已关闭" {
		t.Errorf("got %v", err)
	}
	report := fault.ReportOf(err)
	if report.Meta["state"] != "closed" || len(report.Violations) != 1 || report.Violations[0].Field != "id" {
		t.Errorf("got %+v", report)
	}
}

func TestAnswersOfOthersKeepTheirKind(t *testing.T) {
	for status, want := range map[int]fault.Kind{502: fault.Unavailable, 503: fault.Unavailable, 418: fault.Invalid, 404: fault.NotFound, 500: fault.Internal} {
		c, _ := open(t, func(_ int, w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			_, _ = io.WriteString(w, "<html>")
		})
		if _, err := ticketsv1.NewTicketsClient(c).Get(t.Context(), &ticketsv1.GetRequest{Id: "t1"}); fault.KindOf(err) != want {
			t.Errorf("%d: got %v, want %v", status, err, want)
		}
	}
}

func TestAChangeIsRepeatedWithItsKey(t *testing.T) {
	for name, fail := range map[string]func(w http.ResponseWriter){
		"overloaded":    func(w http.ResponseWriter) { problem(w, 429, "exhausted") },
		"away":          func(w http.ResponseWriter) { problem(w, 503, "unavailable") },
		"still running": func(w http.ResponseWriter) { problem(w, 409, "idempotency.running") },
		"cut off":       func(http.ResponseWriter) { panic(http.ErrAbortHandler) },
	} {
		t.Run(name, func(t *testing.T) {
			c, d := open(t, func(nth int, w http.ResponseWriter, _ *http.Request) {
				if nth < 3 {
					fail(w)
					return
				}
				_, _ = io.WriteString(w, `{"id":"t1"}`)
			}, client.Patience(time.Minute))
			got, err := ticketsv1.NewTicketsClient(c).Open(t.Context(), &ticketsv1.OpenRequest{HomeId: "h1"})
			if err != nil || got.GetId() != "t1" {
				t.Fatal(got, err)
			}
			keys := map[string]int{}
			for _, r := range d.requests() {
				keys[r.Key]++
			}
			if len(keys) != 1 || keys[""] != 0 {
				t.Errorf("keys %v, want one", keys)
			}
		})
	}
}

func TestWhatWillNotPassIsNotRepeated(t *testing.T) {
	for code, status := range map[string]int{"idempotency.reused": 422, "tickets.limit_day": 429, "internal": 500} {
		c, d := open(t, func(_ int, w http.ResponseWriter, _ *http.Request) { problem(w, status, code) }, client.Patience(time.Minute))
		_, err := ticketsv1.NewTicketsClient(c).Open(t.Context(), &ticketsv1.OpenRequest{HomeId: "h1"})
		if fault.CodeOf(err) != code || len(d.requests()) != 1 {
			t.Errorf("%s: got %v after %d requests", code, err, len(d.requests()))
		}
	}
}

func TestPatienceEnds(t *testing.T) {
	c, _ := open(t, func(_ int, w http.ResponseWriter, _ *http.Request) { problem(w, 503, "unavailable") }, client.Patience(120*time.Millisecond))
	_, err := ticketsv1.NewTicketsClient(c).Get(t.Context(), &ticketsv1.GetRequest{Id: "t1"})
	if !errors.Is(err, fault.Unavailable) {
		t.Errorf("got %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := ticketsv1.NewTicketsClient(c).Get(ctx, &ticketsv1.GetRequest{Id: "t1"}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want the caller's own end", err)
	}
}

// gate is a server with short tokens: the one it gave last is good until lapse is called.
type gate struct {
	mu      sync.Mutex
	good    string
	logins  int
	refresh bool
}

func (g *gate) answer(_ int, w http.ResponseWriter, r *http.Request) {
	g.mu.Lock()
	defer g.mu.Unlock()
	switch r.URL.Path {
	case "/v1/sessions", "/v1/sessions:refresh":
		if r.URL.Path != "/v1/sessions" && !g.refresh {
			problem(w, 401, "identity.refresh_spent")
			return
		}
		g.logins++
		g.good = strings.Repeat("x", g.logins)
		_ = json.NewEncoder(w).Encode(map[string]any{"access_token": g.good, "refresh_token": "r", "me": map[string]any{"staff_id": "s1"}})
	default:
		if r.Header.Get("Authorization") != "Bearer "+g.good || g.good == "" {
			problem(w, 401, "authz.token_expired")
			return
		}
		_, _ = io.WriteString(w, `{"id":"t1"}`)
	}
}

func (g *gate) lapse(refresh bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.good, g.refresh = "", refresh
}

func TestALapsedSessionIsRenewedOnceForAll(t *testing.T) {
	for _, refresh := range []bool{true, false} {
		g := &gate{}
		nobody, d := open(t, g.answer)
		c := nobody.As(client.Password("s1", "secret"))
		me, err := c.SignIn(t.Context())
		if err != nil || me.GetStaffId() != "s1" {
			t.Fatal(me, err)
		}
		g.lapse(refresh)
		var calls sync.WaitGroup
		for range 8 {
			calls.Go(func() {
				if _, err := ticketsv1.NewTicketsClient(c).Get(t.Context(), &ticketsv1.GetRequest{Id: "t1"}); err != nil {
					t.Error(err)
				}
			})
		}
		calls.Wait()
		if g.logins != 2 {
			t.Errorf("refresh %v: %d sessions opened, want 2: %v", refresh, g.logins, d.requests())
		}
	}
}

// phone is where codes arrive in a test.
type phone struct{ expected []string }

func (p *phone) Expect(number string) error {
	p.expected = append(p.expected, number)
	return nil
}

func (p *phone) Await(context.Context, string) (string, error) { return "424242", nil }

func TestResidentsSignInWithACode(t *testing.T) {
	nobody, d := open(t, say(`{"access_token":"a"}`))
	p := &phone{}
	if _, err := nobody.As(client.OneTimeCode("19900000001", p)).SignIn(t.Context()); err != nil {
		t.Fatal(err)
	}
	lines := []string{}
	for _, r := range d.requests() {
		lines = append(lines, r.Line+" "+strings.ReplaceAll(r.Body, " ", ""))
	}
	want := []string{`POST /v1/otps {"phone":"19900000001"}`, `POST /v1/sessions {"phone":"19900000001","code":"424242"}`}
	if diff := cmp.Diff(want, lines); diff != "" || len(p.expected) != 1 {
		t.Error(diff, p.expected)
	}
}

// Another code may not be asked for so soon after the first, which still counts: an account may be a moment younger than
// its owner's first try to sign in.
func TestACodeThatWasNotSpentIsUsedAgain(t *testing.T) {
	logins, codes := 0, 0
	nobody, _ := open(t, func(_ int, w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/v1/otps":
			if codes++; codes > 1 {
				problem(w, 429, "identity.too_soon")
			} else {
				_, _ = io.WriteString(w, `{}`)
			}
		default:
			if logins++; logins == 1 {
				problem(w, 401, "identity.credentials")
			} else {
				_, _ = io.WriteString(w, `{"access_token":"a"}`)
			}
		}
	})
	c := nobody.As(client.OneTimeCode("19900000001", &phone{}))
	if _, err := c.SignIn(t.Context()); !errors.Is(err, fault.Unauthenticated) {
		t.Fatal(err)
	}
	if _, err := c.SignIn(t.Context()); err != nil || codes != 2 || logins != 2 {
		t.Error(err, codes, logins)
	}
}

func TestCallsWithoutARouteAreRefused(t *testing.T) {
	c, d := open(t, say(`{}`))
	if _, err := identityv1.NewKeysClient(c).List(t.Context(), &identityv1.ListKeysRequest{}); err == nil {
		t.Error("an rpc without a route was called")
	}
	if err := c.Invoke(t.Context(), "/linli.no.v1.Such/Rpc", &identityv1.GetMeRequest{}, &identityv1.Me{}); err == nil {
		t.Error("an unknown rpc was called")
	}
	if len(d.requests()) != 0 {
		t.Error(d.requests())
	}
}

func TestTheServersClockRunsAlong(t *testing.T) {
	c, _ := open(t, say(`{"now":"2025-03-24T08:00:00+08:00","speed":720}`))
	got, err := c.Clock(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	start := time.Date(2025, 3, 24, 0, 0, 0, 0, time.UTC)
	if now := got.Now(); now.Before(start) || now.After(start.Add(24*time.Hour)) || got.Speed() != 720 {
		t.Errorf("now %v speed %v", now, got.Speed())
	}
	for _, absurd := range []string{`{}`, `{"now":"2025-03-24T08:00:00+08:00"}`, `{"now":"x","speed":1}`, `{"now":"2025-03-24T08:00:00+08:00","speed":-1}`, `<`} {
		c, _ := open(t, say(absurd))
		if _, err := c.Clock(t.Context()); err == nil {
			t.Errorf("%s was believed", absurd)
		}
	}
}
