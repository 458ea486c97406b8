package bus

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/segmentio/kafka-go"
)

func sample() Message {
	return Message{
		ID: "0199", Type: "linli.tickets.v1.TicketOpened", Source: "tickets", Subject: "t1", Topic: "tickets.ticket.v1", Key: "d1",
		Time:        time.Date(2025, 3, 24, 8, 0, 0, 123456789, time.UTC),
		Traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", Tracestate: "a=b",
		Data: []byte{1, 2, 3},
	}
}

func TestEncodeIsCloudEventsBinaryMode(t *testing.T) {
	got, err := encode(sample(), "demo.tickets.ticket.v1")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"ce_specversion": "1.0", "ce_id": "0199", "ce_type": "linli.tickets.v1.TicketOpened", "ce_source": "tickets", "ce_subject": "t1",
		"ce_time": "2025-03-24T08:00:00.123456789Z", "content-type": "application/protobuf",
		"traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "tracestate": "a=b",
	}
	headers := map[string]string{}
	for _, h := range got.Headers {
		headers[h.Key] = string(h.Value)
	}
	if diff := cmp.Diff(want, headers); diff != "" {
		t.Error(diff)
	}
	if got.Topic != "demo.tickets.ticket.v1" || string(got.Key) != "d1" || string(got.Value) != "\x01\x02\x03" {
		t.Errorf("got topic %q, key %q, value %x", got.Topic, got.Key, got.Value)
	}
	// Retention counts from the record's own time: the domain's may be years away.
	if !got.Time.IsZero() {
		t.Errorf("the record has the domain's time %v", got.Time)
	}
}

func TestRoundTrip(t *testing.T) {
	whole := sample()
	least := Message{ID: "1", Type: "x.Y", Source: "s", Topic: "t", Data: []byte{0}}
	for _, m := range []Message{whole, least} {
		record, err := encode(m, "demo."+m.Topic)
		if err != nil {
			t.Fatal(err)
		}
		record.Partition, record.Offset = 3, 77
		m.Partition, m.Offset = 3, 77
		got, err := decode(record, m.Topic)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(m, got); diff != "" {
			t.Error(diff)
		}
	}
}

func TestEncodeRefusesWhatNobodyCouldRead(t *testing.T) {
	for name, spoil := range map[string]func(*Message){
		"no id":     func(m *Message) { m.ID = "" },
		"no type":   func(m *Message) { m.Type = "" },
		"no source": func(m *Message) { m.Source = "" },
		"no topic":  func(m *Message) { m.Topic = "" },
		"no data":   func(m *Message) { m.Data = nil },
	} {
		m := sample()
		spoil(&m)
		if _, err := encode(m, "demo.t"); err == nil {
			t.Errorf("%s: encoded", name)
		}
	}
}

func TestDecodeRefuses(t *testing.T) {
	set := func(key, value string) func(*kafka.Message) {
		return func(r *kafka.Message) {
			for i := range r.Headers {
				if r.Headers[i].Key == key {
					r.Headers[i].Value = []byte(value)
				}
			}
		}
	}
	for name, spoil := range map[string]func(*kafka.Message){
		"nothing":         func(r *kafka.Message) { *r = kafka.Message{} },
		"no headers":      func(r *kafka.Message) { r.Headers = nil },
		"no payload":      func(r *kafka.Message) { r.Value = nil },
		"other version":   set(headerSpec, "2.0"),
		"json":            set(headerContent, "application/json"),
		"no id":           set(headerID, ""),
		"no type":         set(headerType, ""),
		"no source":       set(headerSource, ""),
		"no such time":    set(headerTime, "yesterday"),
		"no text":         set(headerSubject, "\xff\xfe"),
		"endless subject": set(headerTime, strings.Repeat("9", 100000)),
	} {
		record, err := encode(sample(), "demo.t")
		if err != nil {
			t.Fatal(err)
		}
		spoil(&record)
		if _, err := decode(record, "t"); !errors.Is(err, ErrUndecodable) {
			t.Errorf("%s: %v, want undecodable", name, err)
		} else if len(err.Error()) > 200 {
			t.Errorf("%s: the error has %d bytes", name, len(err.Error()))
		}
	}
}

func TestBadTraceIsNoReasonToLoseAnEvent(t *testing.T) {
	m := sample()
	m.Traceparent = "00-zz-not-a-trace"
	record, err := encode(m, "demo.t")
	if err != nil {
		t.Fatal(err)
	}
	got, err := decode(record, m.Topic)
	if err != nil {
		t.Fatal(err)
	}
	if creation(got).IsValid() {
		t.Error("made a trace of nothing")
	}
}

// Whatever comes, decoding ends in a message that can be published again, or in ErrUndecodable.
func FuzzDecode(f *testing.F) {
	f.Add("1.0", "1", "x.Y", "s", "subject", "2025-03-24T08:00:00Z", "application/protobuf", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "a=b", []byte{1})
	f.Add("", "", "", "", "", "", "", "", "", []byte(nil))
	f.Add("1.0", "1", "x.Y", "s", "\xff", "2025-13-45", "text/plain", "00-00-00-00", ",,,", []byte("{}"))
	f.Fuzz(func(t *testing.T, spec, id, kind, source, subject, at, content, parent, state string, data []byte) {
		record := kafka.Message{Key: []byte(subject), Value: data, Headers: []kafka.Header{
			{Key: headerSpec, Value: []byte(spec)},
			{Key: headerID, Value: []byte(id)},
			{Key: headerType, Value: []byte(kind)},
			{Key: headerSource, Value: []byte(source)},
			{Key: headerSubject, Value: []byte(subject)},
			{Key: headerTime, Value: []byte(at)},
			{Key: headerContent, Value: []byte(content)},
			{Key: headerTraceparent, Value: []byte(parent)},
			{Key: headerTracestate, Value: []byte(state)},
		}}
		m, err := decode(record, "t")
		if _, findErr := NewRouter().find(m); err == nil && findErr != nil && !errors.Is(findErr, ErrUndecodable) {
			t.Fatalf("router: %v", findErr)
		}
		_ = creation(m)
		_ = readDeadLetter("demo", record)
		switch {
		case errors.Is(err, ErrUndecodable):
			return
		case err != nil:
			t.Fatalf("unclassified: %v", err)
		}
		again, err := encode(m, "demo.t")
		if err != nil {
			t.Fatalf("encode what was decoded: %v", err)
		}
		same, err := decode(again, "t")
		if err != nil {
			t.Fatalf("decode again: %v", err)
		}
		if !same.Time.Equal(m.Time) {
			t.Fatalf("time %v became %v", m.Time, same.Time)
		}
		m.Time, same.Time = time.Time{}, time.Time{}
		if diff := cmp.Diff(m, same); diff != "" {
			t.Fatal(diff)
		}
	})
}
