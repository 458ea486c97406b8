package gateway_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/linlihub/linli/libs/authz"
	"github.com/linlihub/linli/libs/fault/faulthttp"
	commonv1 "github.com/linlihub/linli/proto/gen/linli/common/v1"
	notifyv1 "github.com/linlihub/linli/proto/gen/linli/notify/v1"
)

// reading is an open stream.
type reading struct {
	t    testing.TB
	resp *http.Response
	text *bufio.Reader
}

// read opens a stream; last is the Last-Event-ID, empty for none.
func (w *world) read(ctx context.Context, t testing.TB, path string, who authz.Principal, last string) *reading {
	t.Helper()
	resp := w.ask(ctx, t, path, who, last) //nolint:bodyclose // at the end of the test
	if resp.StatusCode != http.StatusOK || resp.Header.Get("Content-Type") != "text/event-stream; charset=utf-8" {
		t.Fatalf("%s: %d %s", path, resp.StatusCode, resp.Header.Get("Content-Type"))
	}
	return &reading{t, resp, bufio.NewReader(resp.Body)}
}

func (w *world) ask(ctx context.Context, t testing.TB, path string, who authz.Principal, last string) *http.Response {
	t.Helper()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, w.url+path, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+w.token(t, who))
	if last != "" {
		req.Header.Set("Last-Event-ID", last)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = resp.Body.Close() })
	return resp
}

// next is the next block of the stream, without its empty line.
func (r *reading) next() (map[string]string, error) {
	block := map[string]string{}
	for {
		line, err := r.text.ReadString('\n')
		if err != nil {
			return block, err
		}
		if line = strings.TrimSuffix(line, "\n"); line == "" {
			return block, nil
		}
		name, value, _ := strings.Cut(line, ":")
		block[name] = strings.TrimPrefix(value, " ")
	}
}

// entry is the id of the next entry.
func (r *reading) entry() (int, error) {
	for {
		block, err := r.next()
		if err != nil {
			return 0, err
		}
		if block["id"] != "" {
			return strconv.Atoi(block["id"])
		}
	}
}

func (r *reading) expect(ids ...int) {
	r.t.Helper()
	for _, want := range ids {
		if got, err := r.entry(); got != want || err != nil {
			r.t.Fatalf("entry %d, %v, want %d", got, err, want)
		}
	}
}

// ofOwn is the feed of the resident's ticket, and its path.
const (
	ofOwn   = "ticket:own-a1"
	ownPath = "/v1/tickets/own-a1/events"
)

// patient is a context that ends before the test's own time does.
func patient(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}

func TestAStreamTellsHowToComeBackAndThatItLives(t *testing.T) {
	w := start(t, "--gateway.heartbeat", "20ms")
	w.write(ofOwn, "王师傅")
	r := w.read(patient(t), t, ownPath, resident, "")
	block, err := r.next()
	if err != nil || block["retry"] != "2000" {
		t.Fatalf("it begins with %v, %v", block, err)
	}
	block, err = r.next()
	var entry notifyv1.Entry
	if err != nil || block["id"] != "1" || block["event"] != "TicketNoted" || json.Unmarshal([]byte(block["data"]), &map[string]any{}) != nil {
		t.Fatalf("then comes %v of %v, %v", block, &entry, err)
	}
	for range 3 {
		if block, err := r.next(); err != nil || block[""] != "beat" {
			t.Fatalf("a quiet stream says %v, %v", block, err)
		}
	}
}

// TestEveryEntryOnceAndInOrder is what a stream promises, whatever signals do: some are lost, some come twice or late, and
// the readers leave and come back while entries arrive.
func TestEveryEntryOnceAndInOrder(t *testing.T) {
	const entries, readers = 1200, 8 // more than a stream reads at once
	w, ctx := start(t), patient(t)
	var work sync.WaitGroup
	work.Go(func() {
		chaos := rand.New(rand.NewPCG(1, 2))
		var late *notifyv1.Entry
		for n := range entries {
			e := w.write(ofOwn, "")
			switch chance := chaos.IntN(10); {
			case n == entries-1 || chance < 5:
				_ = w.tell(ctx, e)
			case chance == 5: // twice
				_ = w.tell(ctx, e)
				_ = w.tell(ctx, e)
			case chance == 6 && late != nil: // an old one again
				_ = w.tell(ctx, late)
			}
			late = e
		}
	})
	for n := range readers {
		work.Go(func() {
			chaos := rand.New(rand.NewPCG(3, uint64(n)))
			last := 0
			for last < entries {
				id := ""
				if last > 0 {
					id = strconv.Itoa(last)
				}
				visit, leave := context.WithCancel(ctx)
				r := w.read(visit, t, ownPath, resident, id)
				for range 1 + chaos.IntN(400) {
					got, err := r.entry()
					if err != nil || got != last+1 {
						t.Errorf("reader %d: entry %d after %d: %v", n, got, last, err)
						leave()
						return
					}
					if last = got; last == entries {
						break
					}
				}
				leave()
			}
		})
	}
	work.Wait()
}

// TestAStreamOutlivesRedis: what happened while it was away is read from the feed when it is back.
func TestAStreamOutlivesRedis(t *testing.T) {
	w, ctx := start(t), patient(t)
	r := w.read(ctx, t, ownPath, resident, "")
	if err := w.tell(ctx, w.write(ofOwn, "")); err != nil {
		t.Fatal(err)
	}
	r.expect(1)
	for round := range 2 {
		w.redis.Close()
		for range 3 {
			if err := w.tell(ctx, w.write(ofOwn, "")); err == nil {
				t.Fatal("Redis is not away")
			}
		}
		if err := w.redis.Restart(); err != nil {
			t.Fatal(err)
		}
		r.expect(3*round+2, 3*round+3, 3*round+4) // nobody sent a signal since
	}
}

// TestAStreamNeedsNoRedisToBegin: it shows the feed, and says that it lives.
func TestAStreamNeedsNoRedisToBegin(t *testing.T) {
	w := start(t)
	w.write(ofOwn, "")
	w.redis.Close()
	w.read(patient(t), t, ownPath, resident, "").expect(1)
}

// TestASlowReaderHoldsUpNobody: one that takes nothing, and others beside it who get everything.
func TestASlowReaderHoldsUpNobody(t *testing.T) {
	w, ctx := start(t), patient(t)
	conn, err := net.Dial("tcp", strings.TrimPrefix(w.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n\r\n", ownPath, w.token(t, resident))
	if _, err := io.ReadFull(conn, make([]byte, 12)); err != nil { // it has begun, and now we look away
		t.Fatal(err)
	}
	quick := w.read(ctx, t, ownPath, resident, "")
	const entries = 400
	words := strings.Repeat("长", 10_000) // 12 MB in all: no socket holds that
	var writer sync.WaitGroup
	defer writer.Wait()
	writer.Go(func() {
		for range entries {
			_ = w.tell(ctx, w.write(ofOwn, words))
		}
	})
	for n := range entries {
		quick.expect(n + 1)
	}
}

func TestStreamsEndWithTheProcess(t *testing.T) {
	w, ctx := start(t), patient(t)
	var open []*reading
	for range 20 {
		open = append(open, w.read(ctx, t, ownPath, resident, ""))
	}
	stopped := make(chan struct{})
	go func() { w.process.Stop(); close(stopped) }()
	for _, r := range open {
		for {
			if _, err := r.next(); err == io.EOF { //nolint:errorlint // a clean end, not one that was cut
				break
			} else if err != nil {
				t.Fatalf("cut off: %v", err)
			}
		}
	}
	select {
	case <-stopped:
	case <-time.After(patience):
		t.Fatal("streams hold up the stop")
	}
}

// TestWhoMayRead: a foreign ticket answers like one that does not exist, word for word.
func TestWhoMayRead(t *testing.T) {
	w, ctx := start(t), patient(t)
	problem := func(path string, who authz.Principal, last string) (p faulthttp.Problem) {
		t.Helper()
		resp := w.ask(ctx, t, path, who, last) //nolint:bodyclose // at the end of the test
		if err := json.NewDecoder(resp.Body).Decode(&p); err != nil || resp.StatusCode != p.Status {
			t.Fatalf("%s: %d, %v", path, resp.StatusCode, err)
		}
		p.Instance, p.TraceID = "", ""
		return p
	}
	foreign, unknown := problem(ownPath, neighbour, ""), problem("/v1/tickets/none/events", neighbour, "")
	if fmt.Sprint(foreign) != fmt.Sprint(unknown) || foreign.Status != http.StatusNotFound {
		t.Errorf("a foreign ticket answers %v, an unknown one %v", foreign, unknown)
	}
	for _, c := range []struct {
		path string
		who  authz.Principal
		last string
		code string
	}{
		{"/v1/districts/d1/events", resident, "", "not_found"},
		{"/v1/districts/d2/events", steward, "", "not_found"},
		{ownPath, authz.Principal{Account: "a4", Roles: []authz.Role{authz.Operator}}, "", "denied"},
		{ownPath, resident, "-1", "gateway.last_event_id"},
		{ownPath, resident, "x", "gateway.last_event_id"},
		{ownPath, resident, "99999999999999999999", "gateway.last_event_id"},
	} {
		if got := problem(c.path, c.who, c.last); got.Code != c.code {
			t.Errorf("%s for %s after %q: %v, want %s", c.path, c.who.Account, c.last, got, c.code)
		}
	}
	resp, err := http.Get(w.url + ownPath) //nolint:noctx // short
	if err != nil || resp.StatusCode != http.StatusUnauthorized {
		t.Errorf("nobody: %v, %v", resp.StatusCode, err)
	}
	resp.Body.Close()
	// An EventSource cannot send headers.
	resp, err = http.Get(w.url + ownPath + "?last_event_id=0&access_token=" + w.token(t, resident)) //nolint:noctx // closed below
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Errorf("a token in the query: %v, %v", resp.StatusCode, err)
	}
	resp.Body.Close()
}

// TestAFeedOfNewsBeginsNow, that of a ticket at its beginning; each goes on after the id that the reader names.
func TestAFeedOfNewsBeginsNow(t *testing.T) {
	w, ctx := start(t), patient(t)
	feeds := map[string]string{"/v1/me/events": "person:p1", "/v1/districts/d1/events": "district:d1"}
	for path, feed := range feeds {
		who := resident
		if strings.HasPrefix(feed, "district") {
			who = steward
		}
		for range 5 {
			w.write(feed, "")
		}
		fresh, back := w.read(ctx, t, path, who, ""), w.read(ctx, t, path, who, "3")
		back.expect(4, 5)
		if err := w.tell(ctx, w.write(feed, "")); err != nil {
			t.Fatal(err)
		}
		fresh.expect(6)
		back.expect(6)
	}
}

// TestAPositionIsForOnePersonOnly, and is no entry: it has no id and does not come again.
func TestAPositionIsForOnePersonOnly(t *testing.T) {
	w, ctx := start(t), patient(t)
	waiting := w.read(ctx, t, ownPath, resident, "")
	other := w.read(ctx, t, ownPath, authz.Principal{Account: "a1", Person: "p8", Roles: []authz.Role{authz.Resident}}, "")
	staff := w.read(ctx, t, ownPath, authz.Principal{Account: "a1", Staff: "s1", Roles: []authz.Role{authz.Steward}}, "")
	first := w.write(ofOwn, "")
	if err := w.tell(ctx, first); err != nil {
		t.Fatal(err)
	}
	for _, r := range []*reading{waiting, other, staff} {
		r.expect(1) // all three listen
	}
	for _, person := range []string{"p1", "p9", ""} {
		if err := w.channel.Send(ctx, &notifyv1.Signal{
			Feed: ofOwn, Position: &commonv1.Point{Lat: 30.27, Lon: 120.15}, OnlyPersonId: person,
		}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.tell(ctx, w.write(ofOwn, "")); err != nil {
		t.Fatal(err)
	}
	block, err := waiting.next()
	if err != nil || block["event"] != "position" || !strings.Contains(block["data"], `"lat":30.27`) {
		t.Errorf("who waits sees %v, %v", block, err)
	}
	if _, numbered := block["id"]; numbered {
		t.Error("a position has an id")
	}
	for name, r := range map[string]*reading{"who waits": waiting, "another person": other, "an employee": staff} {
		if block, err := r.next(); err != nil || block["id"] != "2" {
			t.Errorf("%s then sees %v, %v", name, block, err)
		}
	}
}

// TestAStreamOutlivesWhatItsClientSays: what comes from the client on a stream means nothing.
func TestAStreamOutlivesWhatItsClientSays(t *testing.T) {
	w, ctx := start(t, "--gateway.heartbeat", "20ms"), patient(t)
	conn, err := net.Dial("tcp", strings.TrimPrefix(w.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	request := fmt.Sprintf("GET %s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n\r\n", ownPath, w.token(t, resident))
	if _, err := io.WriteString(conn, request+"and more at once"); err != nil {
		t.Fatal(err)
	}
	r := &reading{t: t, text: bufio.NewReader(conn)}
	for range 5 {
		if _, err := r.next(); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(conn, request); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.tell(ctx, w.write(ofOwn, "")); err != nil {
		t.Fatal(err)
	}
	r.expect(1)
}

// TestALateLookAtTheFeedBelongsToTheRequest: it is in its trace, long after the answer has begun.
func TestALateLookAtTheFeedBelongsToTheRequest(t *testing.T) {
	w, ctx := start(t), patient(t)
	r := w.read(ctx, t, ownPath, resident, "")
	if err := w.tell(ctx, w.write(ofOwn, "")); err != nil {
		t.Fatal(err)
	}
	r.expect(1)
	w.write(ofOwn, "")
	if err := w.tell(ctx, w.write(ofOwn, "")); err != nil { // a gap: it looks
		t.Fatal(err)
	}
	r.expect(2, 3)
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.looks) < 2 || w.looks[len(w.looks)-1] != r.resp.Header.Get("Trace-Id") {
		t.Errorf("the request is %s, the looks are %v", r.resp.Header.Get("Trace-Id"), w.looks)
	}
}

// TestWhoHasSeenMoreThanThereIs remembers a feed that is no more, and begins like one who is new.
func TestWhoHasSeenMoreThanThereIs(t *testing.T) {
	w, ctx := start(t), patient(t)
	for path, c := range map[string]struct {
		feed, from string
		then       []int
	}{
		ownPath:         {ofOwn, "0", []int{1, 2, 3}},
		"/v1/me/events": {"person:p1", "2", []int{3}},
	} {
		w.write(c.feed, "")
		w.write(c.feed, "")
		beyond, within := w.read(ctx, t, path, resident, "9"), w.read(ctx, t, path, resident, "2")
		if block, err := beyond.next(); err != nil || block["retry"] == "" {
			t.Fatalf("%s begins with %v, %v", path, block, err)
		}
		if block, err := beyond.next(); err != nil || block["event"] != "reset" || block["id"] != c.from || block["data"] != "{}" {
			t.Errorf("%s: after the ninth of two comes %v, %v", path, block, err)
		}
		if err := w.tell(ctx, w.write(c.feed, "")); err != nil {
			t.Fatal(err)
		}
		beyond.expect(c.then...)
		within.expect(3)
	}
}

// TestTheHeadOfAStream is answered, and ends there.
func TestTheHeadOfAStream(t *testing.T) {
	w := start(t)
	req, err := http.NewRequestWithContext(patient(t), http.MethodHead, w.url+ownPath, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+w.token(t, resident))
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if body, err := io.ReadAll(resp.Body); err != nil || len(body) > 0 || resp.Header.Get("Content-Type") != "text/event-stream; charset=utf-8" {
		t.Errorf("%d %v, %q, %v", resp.StatusCode, resp.Header, body, err)
	}
}
