package gateway

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
)

// said is what serveOnce says.
const said = "retry: 2000\n\n"

// serveOnce answers with one text and ends.
func serveOnce(t *testing.T) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		l, err := answer(w, r)
		if err != nil {
			t.Error(err)
			return
		}
		defer l.close()
		if err := l.write(said); err != nil {
			t.Error(err)
		}
	})
}

// TestAnAnswerInHTTP1EndsWithItsConnection: neither a length nor chunks, for a client of 1.0 as for one of 1.1.
func TestAnAnswerInHTTP1EndsWithItsConnection(t *testing.T) {
	server := httptest.NewServer(serveOnce(t))
	defer server.Close()
	for version, closing := range map[string]bool{"HTTP/1.0": false, "HTTP/1.1": true} { // 1.0 need not be told
		conn, err := net.Dial("tcp", server.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if _, err := io.WriteString(conn, "GET / "+version+"\r\nHost: x\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(conn)
		if err != nil {
			t.Fatal(err)
		}
		head, body, _ := strings.Cut(string(text), "\r\n\r\n")
		if body != said || strings.Contains(head, "Transfer-Encoding") || strings.Contains(head, "Content-Length") || strings.Contains(head, "Connection: close") != closing {
			t.Errorf("%s: %q", version, text)
		}
	}
}

// TestAnAnswerInHTTP2SharesItsConnection: it stays with the server.
func TestAnAnswerInHTTP2SharesItsConnection(t *testing.T) {
	server := httptest.NewUnstartedServer(serveOnce(t))
	server.EnableHTTP2 = true
	server.StartTLS()
	defer server.Close()
	for range 2 {
		resp, err := server.Client().Get(server.URL)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		if err != nil || string(body) != said || resp.ProtoMajor != 2 || resp.Header.Get("Content-Type") != "text/event-stream; charset=utf-8" {
			t.Errorf("%s %v %q, %v", resp.Proto, resp.Header, body, err)
		}
	}
}

// TestWhoeverHangsUpIsHeard, but not before: words change nothing.
func TestWhoeverHangsUpIsHeard(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ours, theirs := net.Pipe()
		ctx, left := context.WithCancel(t.Context())
		go (&bareLine{ours}).listen(left)
		go func() { _, _ = io.WriteString(theirs, strings.Repeat("stray\r\n", 100)) }()
		synctest.Wait()
		if ctx.Err() != nil {
			t.Error("a word counts as hanging up")
		}
		_ = theirs.Close()
		synctest.Wait()
		if ctx.Err() == nil {
			t.Error("nobody notices that the client has gone")
		}
	})
}

// TestAReaderWhoTakesNothingIsGivenUp after writeCap, whatever else its connection does.
func TestAReaderWhoTakesNothingIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ours, theirs := net.Pipe()
		defer theirs.Close()
		if err := (&bareLine{ours}).write(said); err == nil { // the bubble's clock runs while all wait
			t.Error("a write that nobody takes succeeds")
		}
		go func() { _, _ = bufio.NewReader(theirs).ReadString('\n') }()
		if err := (&bareLine{ours}).write("x\n"); err != nil {
			t.Errorf("one that is taken: %v", err)
		}
	})
}

// TestTheProcessWaitsForItsStreams: those that left the HTTP server, too.
func TestTheProcessWaitsForItsStreams(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &streams{hub: newHub()}
		st := &stream{feed: "f", sub: s.hub.join("f")}
		s.living.Add(1)
		ctx, stop := context.WithCancel(t.Context())
		done := false
		go func() { _ = s.drained(ctx, func() {}); done = true }()
		stop()
		synctest.Wait()
		if done {
			t.Error("the process does not wait")
		}
		s.end(st)
		synctest.Wait()
		if !done || len(s.hub.feeds) != 0 {
			t.Errorf("done %v, and %d feeds are still read", done, len(s.hub.feeds))
		}
	})
}
