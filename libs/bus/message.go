package bus

import (
	"errors"
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/segmentio/kafka-go"
)

// Message is an event on its way: a CloudEvents 1.0 envelope around a protobuf payload.
type Message struct {
	ID      string    // of the event, unique for ever: what a consumer remembers (uuid v7)
	Type    string    // full name of the payload's message, such as linli.tickets.v1.TicketOpened
	Source  string    // the service that published it
	Subject string    // id of what it is about; may be empty
	Topic   string    // without the company, such as tickets.ticket.v1
	Key     string    // events of one key keep their order
	Time    time.Time // when it happened, in the domain's time

	// Trace context (W3C): where the trace stood when the event was recorded; on arrival, the span that sent it.
	Traceparent string
	Tracestate  string

	Data []byte // the payload, never empty

	// Where it lies in the log; set on arrival only.
	Partition int
	Offset    int64
}

// ErrUndecodable is what everything is that no program can read, now or later.
var ErrUndecodable = errors.New("undecodable message")

// Headers of the CloudEvents Kafka binding in binary mode, and of W3C trace context.
const (
	headerSpec        = "ce_specversion"
	headerID          = "ce_id"
	headerType        = "ce_type"
	headerSource      = "ce_source"
	headerSubject     = "ce_subject"
	headerTime        = "ce_time"
	headerContent     = "content-type"
	headerTraceparent = "traceparent"
	headerTracestate  = "tracestate"

	// headerFor names the one group a redriven event is for; the others pass it over.
	headerFor = "linli_group"

	specVersion  = "1.0"
	protobufType = "application/protobuf"
)

// encode makes the record of a message, for a topic as the broker knows it.
func encode(m Message, topic string) (kafka.Message, error) {
	switch {
	case m.ID == "" || m.Type == "" || m.Source == "" || m.Topic == "":
		return kafka.Message{}, fmt.Errorf("message %q of type %q lacks an id, a type, a source or a topic", m.ID, m.Type)
	case len(m.Data) == 0:
		return kafka.Message{}, fmt.Errorf("message %s of type %s says nothing", m.ID, m.Type)
	}
	record := kafka.Message{Topic: topic, Key: []byte(m.Key), Value: m.Data, Headers: []kafka.Header{
		{Key: headerSpec, Value: []byte(specVersion)},
		{Key: headerID, Value: []byte(m.ID)},
		{Key: headerType, Value: []byte(m.Type)},
		{Key: headerSource, Value: []byte(m.Source)},
		{Key: headerContent, Value: []byte(protobufType)},
	}}
	set := func(key, value string) {
		if value != "" {
			record.Headers = append(record.Headers, kafka.Header{Key: key, Value: []byte(value)})
		}
	}
	set(headerSubject, m.Subject)
	if !m.Time.IsZero() {
		set(headerTime, m.Time.UTC().Format(time.RFC3339Nano))
	}
	set(headerTraceparent, m.Traceparent)
	set(headerTracestate, m.Tracestate)
	return record, nil
}

// decode reads a record, whose topic was topic without the company. The error is ErrUndecodable. A bad trace context is
// no reason to lose an event: it is kept as it came, and ignored by the one who starts a span.
func decode(record kafka.Message, topic string) (Message, error) {
	m := Message{Topic: topic, Key: string(record.Key), Data: record.Value, Partition: record.Partition, Offset: record.Offset}
	var spec, content, at string
	fields := map[string]*string{
		headerSpec: &spec, headerID: &m.ID, headerType: &m.Type, headerSource: &m.Source, headerSubject: &m.Subject,
		headerTime: &at, headerContent: &content, headerTraceparent: &m.Traceparent, headerTracestate: &m.Tracestate,
	}
	for _, h := range record.Headers {
		if field, known := fields[h.Key]; known {
			*field = string(h.Value)
		}
	}
	if at != "" {
		t, err := time.Parse(time.RFC3339Nano, at)
		if err != nil {
			return m, fmt.Errorf("%w: time %.40q", ErrUndecodable, at)
		}
		m.Time = t
	}
	switch {
	case spec != specVersion:
		return m, fmt.Errorf("%w: CloudEvents version %.40q", ErrUndecodable, spec)
	case content != protobufType:
		return m, fmt.Errorf("%w: content type %.40q", ErrUndecodable, content)
	case m.ID == "" || m.Type == "" || m.Source == "":
		return m, fmt.Errorf("%w: no id, type or source", ErrUndecodable)
	case !utf8.ValidString(m.ID + m.Type + m.Source + m.Subject):
		return m, fmt.Errorf("%w: headers are not UTF-8", ErrUndecodable)
	case len(m.Data) == 0:
		return m, fmt.Errorf("%w: no payload", ErrUndecodable)
	}
	return m, nil
}

// header is the value of a record's header, or nothing.
func header(record kafka.Message, key string) string {
	for _, h := range record.Headers {
		if h.Key == key {
			return string(h.Value)
		}
	}
	return ""
}
