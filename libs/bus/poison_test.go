package bus_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"

	"github.com/linlihub/linli/libs/bus"
	"github.com/linlihub/linli/libs/bus/bustest"
	"github.com/linlihub/linli/libs/fault"
	ticketsv1 "github.com/linlihub/linli/proto/gen/linli/tickets/v1"
)

// headers are those of a good event, but for the pairs that are given.
func headers(change ...string) map[string]string {
	h := map[string]string{
		"ce_specversion": "1.0", "ce_id": "poison", "ce_type": "linli.tickets.v1.TicketOpened", "ce_source": "test",
		"content-type": "application/protobuf",
	}
	for i := 0; i < len(change); i += 2 {
		h[change[i]] = change[i+1]
	}
	return h
}

func TestPoison(t *testing.T) {
	in := newInbox()
	forEver := make(chan struct{})
	t.Cleanup(func() { close(forEver) })
	var tries [300]atomic.Int64
	r := bus.NewRouter()
	bus.Handle(r, func(ctx context.Context, m bus.Message, e *ticketsv1.TicketOpened) error {
		n := number(t, e)
		if n < 200 {
			in.take(m, n)
			return nil
		}
		tries[n].Add(1)
		switch n {
		case 200:
			panic("boom")
		case 201:
			<-ctx.Done()
			return ctx.Err()
		case 202:
			<-forEver
			return nil
		case 203:
			return fmt.Errorf("react: %w", fault.Conflict)
		case 204:
			return bus.Permanent(errors.New("no such thing"))
		}
		return nil
	})
	b := bustest.Start(t, map[string]*bus.Router{"dispatch": r})
	quick(&b.Config)
	b.Config.Deadline = time.Second
	b.Consume(t, "dispatch", r)

	good := func(n int) { b.Publish(t, opened(t, "k0", n)) }
	whole := opened(t, "k0", 7).Data
	good(0)
	raw(t, b, "k0", nil, nil)                                                              // a record with nothing
	raw(t, b, "k0", nil, headers())                                                        // an event without its payload
	raw(t, b, "k0", whole[:len(whole)-1], headers())                                       // cut off
	raw(t, b, "k0", []byte(`{"head":{}}`), headers())                                      // another schema
	raw(t, b, "k0", whole, headers("ce_type", "linli.tickets.v1.TicketVanished"))          // unknown type
	raw(t, b, "k0", whole, headers("ce_type", "linli.hr.v1.StaffChanged", "ce_time", "?")) // no such time
	raw(t, b, "k0", whole, headers("content-type", "text/plain"))                          // another encoding
	raw(t, b, "k1", whole, headers())                                                      // another key
	raw(t, b, "k0", whole, headers("ce_id", "\xff", "linli_dlq_topic", "elsewhere"))       // no text, and a lie
	good(1)
	for n := 200; n <= 204; n++ {
		b.Publish(t, opened(t, "k0", n))
		good(n - 200 + 2)
	}
	badTrace := opened(t, "k0", 7)
	raw(t, b, "k0", badTrace.Data, headers("ce_id", badTrace.ID, "traceparent", "00-garbage")) // no poison at all
	b.Publish(t, bustest.Message(t, "k0", &ticketsv1.TicketAssigned{StaffName: "x"}))          // for others
	good(8)

	in.wait(t, 9)
	in.checkOrder(t, 1, 9)
	classes := map[string]int{}
	for _, letter := range deadLetters(t, b, "dispatch") {
		classes[letter.Class]++
		if letter.Topic != ticketTopic || letter.Group != "dispatch" || letter.Error == "" || letter.At.IsZero() {
			t.Errorf("letter %+v lacks something", letter)
		}
	}
	want := map[string]int{"undecodable": 9, "panic": 1, "overdue": 1, "hung": 1, "permanent": 2}
	if fmt.Sprint(classes) != fmt.Sprint(want) {
		t.Errorf("dead letters %v, want %v", classes, want)
	}
	for n, want := range map[int]int64{200: 4, 201: 4, 202: 1, 203: 1, 204: 1} {
		if got := tries[n].Load(); got != want {
			t.Errorf("event %d was tried %d times, want %d", n, got, want)
		}
	}
}

func TestDeadLettersAreRedriven(t *testing.T) {
	in, other := newInbox(), newInbox()
	var mended atomic.Bool
	r := bus.NewRouter()
	bus.Handle(r, func(_ context.Context, m bus.Message, e *ticketsv1.TicketOpened) error {
		if !mended.Load() {
			return fault.NotFound
		}
		in.take(m, number(t, e))
		return nil
	})
	b := bustest.Start(t, map[string]*bus.Router{"dispatch": r, "dispatch2": r})
	quick(&b.Config)
	b.Consume(t, "dispatch", r)
	otherRouter := bus.NewRouter()
	bus.Handle(otherRouter, func(_ context.Context, m bus.Message, e *ticketsv1.TicketOpened) error {
		other.mu.Lock()
		defer other.mu.Unlock()
		other.count++
		return nil
	})
	b.Consume(t, "notify", otherRouter)
	first := opened(t, "k0", 0)
	first.Traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
	b.Publish(t, first, opened(t, "k0", 1))
	eventually(t, "two dead letters", func() bool { return len(deadLetters(t, b, "dispatch")) == 2 })
	letters := deadLetters(t, b, "")
	if got := letters[0]; got.Message.ID != first.ID || got.Message.Traceparent == "" || got.Attempts != 1 || got.Redriven {
		t.Errorf("the first letter is %+v", got)
	}

	mended.Store(true)
	if err := b.Writer.Redrive(t.Context(), letters...); err != nil {
		t.Fatal(err)
	}
	in.wait(t, 2)
	in.checkOrder(t, 1, 2)
	for _, letter := range deadLetters(t, b, "dispatch") {
		if !letter.Redriven {
			t.Errorf("letter %d does not know that it was redriven", letter.Offset)
		}
	}
	b.Publish(t, opened(t, "k0", 2))
	in.wait(t, 3)
	eventually(t, "the other group has read to the end", func() bool { other.mu.Lock(); defer other.mu.Unlock(); return other.count >= 3 })
	if other.count != 3 {
		t.Errorf("another group handled %d events, want 3: the redriven ones are not for it", other.count)
	}
}

// A dead letter has more to tell than the event it was, and yet the broker takes it: an event as large as there can be, and
// one larger than that. Both are whole when they are sent again.
func TestLargeDeadLetters(t *testing.T) {
	var mended atomic.Bool
	got := make(chan bus.Message, 10)
	r := bus.NewRouter()
	bus.Handle(r, func(_ context.Context, m bus.Message, _ *ticketsv1.TicketOpened) error {
		if !mended.Load() {
			return fault.NotFound
		}
		got <- m
		return nil
	})
	b := bustest.Start(t, map[string]*bus.Router{"dispatch": r})
	quick(&b.Config)
	b.Consume(t, "dispatch", r)
	padded := func(size int) bus.Message {
		event := &ticketsv1.TicketOpened{Head: &ticketsv1.Head{TicketId: "1", DistrictId: "k0"}, Source: strings.Repeat("x", size)}
		return bustest.Message(t, "k0", event)
	}
	largest := padded(1<<20 - 5<<10)
	b.Publish(t, largest)
	huge := padded(2 << 20)
	if err := b.Writer.Publish(t.Context(), []bus.Message{huge}); !bus.IsPermanent(err) {
		t.Errorf("published 2 MiB: %v", err)
	}
	allow(t, b, 4<<20)
	raw(t, b, "k0", huge.Data, headers("ce_id", huge.ID))
	eventually(t, "two dead letters", func() bool { return len(deadLetters(t, b, "dispatch")) == 2 })
	mended.Store(true)
	if err := b.Writer.Redrive(t.Context(), deadLetters(t, b, "")...); err != nil {
		t.Fatal(err)
	}
	for _, want := range []bus.Message{largest, huge} {
		if m := <-got; m.ID != want.ID || !bytes.Equal(m.Data, want.Data) {
			t.Errorf("event %s of %d bytes came again, want %s of %d", m.ID, len(m.Data), want.ID, len(want.Data))
		}
	}
}

// allow has the topic take larger records than the broker would.
func allow(t *testing.T, b *bustest.Bus, size int) {
	t.Helper()
	transport := &kafka.Transport{}
	defer transport.CloseIdleConnections()
	client := &kafka.Client{Addr: kafka.TCP(b.Config.Brokers...), Transport: transport}
	response, err := client.IncrementalAlterConfigs(t.Context(), &kafka.IncrementalAlterConfigsRequest{
		Resources: []kafka.IncrementalAlterConfigsRequestResource{{
			ResourceType: kafka.ResourceTypeTopic, ResourceName: bus.Topic(b.Config.Company, ticketTopic),
			Configs: []kafka.IncrementalAlterConfigsRequestConfig{{Name: "max.message.bytes", Value: strconv.Itoa(size)}},
		}},
	})
	if err != nil || response.Resources[0].Error != nil {
		t.Fatal(err, response.Resources[0].Error)
	}
}
