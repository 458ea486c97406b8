package client_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/linlihub/linli/libs/client"
	"github.com/linlihub/linli/libs/fault"
)

func decode(r io.Reader) ([]client.Event, error) {
	decoder := client.NewDecoder(r)
	var events []client.Event
	for {
		event, err := decoder.Next()
		if errors.Is(err, io.EOF) {
			return events, nil
		}
		if err != nil {
			return events, err
		}
		events = append(events, event)
	}
}

func event(id, name, data string) client.Event {
	return client.Event{ID: id, Name: name, Data: []byte(data)}
}

// The cases are those of the HTML standard, 9.2.6, and what our own server sends.
func TestDecoder(t *testing.T) {
	for name, c := range map[string]struct {
		stream string
		want   []client.Event
	}{
		"one":                    {"data: a\n\n", []client.Event{event("", "message", "a")}},
		"lines join":             {"data: YHOO\ndata: +2\ndata: 10\n\n", []client.Event{event("", "message", "YHOO\n+2\n10")}},
		"id and type":            {"id: 7\nevent: TicketAssigned\ndata: {}\n\n", []client.Event{event("7", "TicketAssigned", "{}")}},
		"an id lasts":            {"id: 1\ndata: a\n\ndata: b\n\nid\ndata: c\n\n", []client.Event{event("1", "message", "a"), event("1", "message", "b"), event("", "message", "c")}},
		"heartbeats are nothing": {": hi\n\n:\n\ndata: a\n\n", []client.Event{event("", "message", "a")}},
		"one space goes":         {"data:a\n\ndata:  a\n\n", []client.Event{event("", "message", "a"), event("", "message", " a")}},
		"empty data":             {"data\n\ndata\ndata\n\n", []client.Event{event("", "message", ""), event("", "message", "\n")}},
		"no data, no event":      {"event: x\n\ndata: a\n\n", []client.Event{event("", "message", "a")}},
		"unfinished is dropped":  {"data: a\n\ndata: b", []client.Event{event("", "message", "a")}},
		"byte order mark":        {"\uFEFFdata: a\n\n", []client.Event{event("", "message", "a")}},
		"all line ends":          {"data: a\r\n\r\ndata: b\r\rdata: c\n\n", []client.Event{event("", "message", "a"), event("", "message", "b"), event("", "message", "c")}},
		"zero in an id":          {"id: 1\ndata: a\n\nid: 2\x003\ndata: b\n\n", []client.Event{event("1", "message", "a"), event("1", "message", "b")}},
		"unknown fields":         {"colour: red\ndata: a\nData: b\n\n", []client.Event{event("", "message", "a")}},
	} {
		t.Run(name, func(t *testing.T) {
			for _, reader := range []io.Reader{strings.NewReader(c.stream), iotest.OneByteReader(strings.NewReader(c.stream))} {
				got, err := decode(reader)
				if diff := cmp.Diff(c.want, got); diff != "" || err != nil {
					t.Error(diff, err)
				}
			}
		})
	}
}

func TestDecoderReadsRetryAndRefusesGiants(t *testing.T) {
	decoder := client.NewDecoder(strings.NewReader("retry: 1500\nretry: soon\ndata: a\n\n"))
	if _, err := decoder.Next(); err != nil || decoder.Retry() != 1500*time.Millisecond {
		t.Error(decoder.Retry(), err)
	}
	for name, stream := range map[string]string{
		"a line":     "data: " + strings.Repeat("x", 2<<20) + "\n\n",
		"many lines": strings.Repeat("data: "+strings.Repeat("x", 1000)+"\n", 2000) + "\n",
	} {
		if _, err := decode(strings.NewReader(stream)); !errors.Is(err, client.ErrEventTooLong) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	broken := io.MultiReader(strings.NewReader("data: a\n\ndata: "), iotest.ErrReader(io.ErrUnexpectedEOF))
	if got, err := decode(broken); !errors.Is(err, io.ErrUnexpectedEOF) || len(got) != 1 {
		t.Error(got, err)
	}
}

// An event arrives when it is complete, not with the first byte of the next one.
func TestDecoderDoesNotHoldBack(t *testing.T) {
	for _, end := range []string{"\n\n", "\r\n\r\n", "\r\r"} {
		reader, writer := io.Pipe()
		decoder := client.NewDecoder(reader)
		go func() { _, _ = io.WriteString(writer, "data: a"+end) }()
		if got, err := decoder.Next(); err != nil || string(got.Data) != "a" {
			t.Error(got, err)
		}
	}
}

func FuzzDecoder(f *testing.F) {
	f.Add([]byte("id: 7\nevent: x\ndata: {}\n\n: hi\n\nretry: 5\r\n\r\n"))
	f.Add([]byte("\uFEFFdata\rdata:\r\n\n\xff\x00id:\x00"))
	f.Fuzz(func(t *testing.T, stream []byte) {
		whole, wholeErr := decode(bytes.NewReader(stream))
		parts, partsErr := decode(iotest.OneByteReader(bytes.NewReader(stream)))
		if diff := cmp.Diff(whole, parts); diff != "" {
			t.Errorf("the cuts of the network change the events: %s", diff)
		}
		if (wholeErr == nil) != (partsErr == nil) {
			t.Errorf("%v, but in parts %v", wholeErr, partsErr)
		}
	})
}

func TestAStreamGoesOnWhereItBroke(t *testing.T) {
	asked := make(chan string, 8)
	c, _ := open(t, func(nth int, w http.ResponseWriter, r *http.Request) {
		asked <- r.Header.Get("Last-Event-ID")
		if nth == 2 {
			problem(w, 503, "unavailable")
			return
		}
		fmt.Fprintf(w, "retry: 1\n\nid: %d\nevent: Tick\ndata: %d\n\n", nth, nth)
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	})
	ctx, cancel := context.WithCancel(t.Context())
	var got []string
	opened := 0
	err := c.Events(ctx, client.Stream{Path: "/v1/me/events", Opened: func() { opened++ }, Handle: func(e client.Event) error {
		if got = append(got, e.Name+string(e.Data)); len(got) == 3 {
			cancel()
		}
		return nil
	}})
	if !errors.Is(err, context.Canceled) || opened != 3 {
		t.Error(err, opened)
	}
	if diff := cmp.Diff([]string{"Tick1", "Tick3", "Tick4"}, got); diff != "" {
		t.Error(diff)
	}
	close(asked)
	var ids []string
	for id := range asked {
		ids = append(ids, id)
	}
	if diff := cmp.Diff([]string{"", "1", "1", "3"}, ids); diff != "" {
		t.Error(diff)
	}
}

func TestAStreamEndsWhenItNeverWillBeServed(t *testing.T) {
	c, d := open(t, func(_ int, w http.ResponseWriter, _ *http.Request) { problem(w, 404, "notify.unknown_feed") })
	err := c.Events(t.Context(), client.Stream{Path: "/v1/tickets/x/events", Handle: func(client.Event) error { return nil }})
	if !errors.Is(err, fault.NotFound) || len(d.requests()) != 1 {
		t.Error(err, d.requests())
	}
}

func TestAStreamEndsWhenItsReaderHasEnough(t *testing.T) {
	enough := errors.New("enough")
	c, _ := open(t, say("data: a\n\ndata: b\n\n"))
	err := c.Events(t.Context(), client.Stream{Path: "/v1/me/events", Handle: func(client.Event) error { return enough }})
	if !errors.Is(err, enough) {
		t.Error(err)
	}
}

func TestAStreamRenewsItsSession(t *testing.T) {
	g := &gate{}
	nobody, _ := open(t, func(nth int, w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/v1/me/events" && r.Header.Get("Authorization") == "Bearer xx" {
			_, _ = io.WriteString(w, "data: a\n\n")
			return
		}
		g.answer(nth, w, r)
	})
	c := nobody.As(client.Password("s1", "secret"))
	if _, err := c.SignIn(t.Context()); err != nil {
		t.Fatal(err)
	}
	g.lapse(true)
	enough := errors.New("enough")
	err := c.Events(t.Context(), client.Stream{Path: "/v1/me/events", Handle: func(client.Event) error { return enough }})
	if !errors.Is(err, enough) {
		t.Error(err)
	}
}
