package e2e_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/linlihub/linli/libs/bus"
	"github.com/linlihub/linli/libs/bus/bustest"
	"github.com/linlihub/linli/libs/host"
	dispatchv1 "github.com/linlihub/linli/proto/gen/linli/dispatch/v1"
	hrv1 "github.com/linlihub/linli/proto/gen/linli/hr/v1"
	residentsv1 "github.com/linlihub/linli/proto/gen/linli/residents/v1"
	ticketsv1 "github.com/linlihub/linli/proto/gen/linli/tickets/v1"
	"github.com/linlihub/linli/services/allinone/modules"
	"github.com/segmentio/kafka-go"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/linlihub/linli/e2e/harness"
)

const megabyte = 1 << 20

// spoilt are the kinds of messages that no service of ours sends, but for those whose poison is in the handler.
var spoilt = []struct {
	name  string
	spoil func(*kafka.Message)
	// unreadable ones become dead letters, of the others nobody takes any notice.
	unreadable bool
}{
	{"bad trace header", badTrace, false},
	{"empty", func(r *kafka.Message) { r.Value = nil }, true},
	{"truncated", func(r *kafka.Message) { r.Value = r.Value[:len(r.Value)-1] }, true},
	{"unknown type", func(r *kafka.Message) { retype(r, func(string) string { return unknownType(r) }) }, true},
	{"two megabytes", func(r *kafka.Message) { r.Value = slices.Repeat([]byte{0xff}, 2*megabyte) }, true},
	{"wrong schema", func(r *kafka.Message) { r.Value = []byte(`{"head": {"ticket_id": "1"}}`) }, true},
	{"future version", func(r *kafka.Message) { retype(r, futureType) }, true},
	{"wrong key", func(r *kafka.Message) { r.Key = append(r.Key, "-another"...) }, true},
}

func badTrace(r *kafka.Message) {
	r.Headers = append(r.Headers, kafka.Header{Key: "traceparent", Value: []byte("00-\xff\x00garbage")},
		kafka.Header{Key: "tracestate", Value: []byte(strings.Repeat("\xfe=,", 5000))})
}

// retype changes the type that a record says its event has.
func retype(r *kafka.Message, to func(string) string) {
	for i, h := range r.Headers {
		if h.Key == "ce_type" {
			r.Headers[i].Value = []byte(to(string(h.Value)))
		}
	}
}

// unknownType is one that the owner of the topic may think of some day.
func unknownType(r *kafka.Message) string {
	service, _, _ := strings.Cut(r.Topic[strings.Index(r.Topic, ".")+1:], ".")
	return "linli." + service + ".v1.SomethingNew"
}

func futureType(kind string) string { return strings.Replace(kind, ".v1.", ".v2.", 1) }

// record is a message as it lies on the broker.
func record(company string, m bus.Message) kafka.Message {
	r := kafka.Message{Topic: bus.Topic(company, m.Topic), Key: []byte(m.Key), Value: m.Data}
	for _, h := range [][2]string{
		{"ce_specversion", "1.0"}, {"ce_id", m.ID}, {"ce_type", m.Type}, {"ce_source", m.Source}, {"content-type", "application/protobuf"},
	} {
		r.Headers = append(r.Headers, kafka.Header{Key: h[0], Value: []byte(h[1])})
	}
	return r
}

// consumed are the topics that services read, each with the groups that do.
func consumed(t testing.TB) map[string][]string {
	t.Helper()
	needs, err := host.Survey(t.Context(), modules.All()...)
	if err != nil {
		t.Fatal(err)
	}
	readers := map[string][]string{}
	for group, topics := range needs.Groups {
		for _, topic := range topics {
			readers[topic] = append(readers[topic], group)
		}
	}
	return readers
}

// examples are an event for each of these topics, which all of the topic's groups handle, with the key it must lie under.
func examples(key string) map[string]proto.Message {
	return map[string]proto.Message{
		"tickets.ticket.v1":   &ticketsv1.TicketOpened{Head: &ticketsv1.Head{TicketId: "poison", DistrictId: key}},
		"dispatch.visit.v1":   &dispatchv1.VisitOffered{Head: &dispatchv1.Head{VisitId: "poison", TicketId: "poison", DistrictId: key}},
		"hr.staff.v1":         &hrv1.StaffChanged{StaffId: key},
		"residents.person.v1": &residentsv1.PersonRegistered{PersonId: key},
	}
}

// pour writes records as they are.
func pour(t testing.TB, b *harness.Broker, records ...kafka.Message) error {
	t.Helper()
	transport := &kafka.Transport{}
	defer transport.CloseIdleConnections() // or it asks for the topics until the last test has ended
	w := &kafka.Writer{
		Addr: kafka.TCP(b.Address), Balancer: &kafka.Hash{}, RequiredAcks: kafka.RequireAll, BatchBytes: 4 * megabyte, BatchTimeout: time.Millisecond,
		Transport: transport, MaxAttempts: 20,
	}
	defer w.Close()
	return w.WriteMessages(t.Context(), records...)
}

// widen has topics take what the broker would refuse.
func widen(t testing.TB, b *harness.Broker, topics map[string][]string) {
	t.Helper()
	request := &kafka.IncrementalAlterConfigsRequest{}
	for topic := range topics {
		request.Resources = append(request.Resources, kafka.IncrementalAlterConfigsRequestResource{
			ResourceType: kafka.ResourceTypeTopic, ResourceName: bus.Topic(b.Company, topic),
			Configs: []kafka.IncrementalAlterConfigsRequestConfig{{Name: "max.message.bytes", Value: strconv.Itoa(8 * megabyte)}},
		})
	}
	transport := &kafka.Transport{}
	defer transport.CloseIdleConnections()
	client := &kafka.Client{Addr: kafka.TCP(b.Address), Transport: transport}
	response, err := client.IncrementalAlterConfigs(t.Context(), request)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range response.Resources {
		if r.Error != nil {
			t.Fatal(r.Error)
		}
	}
}

// poisonServices has messages that cannot be read lie among those that are under way, under the same keys, in every topic that
// a service reads. Each becomes one dead letter of each group, and nothing else; and so again when they are redriven, for
// nothing has mended them.
func poisonServices(l *load, _ *rand.Rand) {
	await(l.T(), "the load is under way", func() error {
		if _, ticket := l.any(0); ticket == "" {
			return errNotYet
		}
		return nil
	})
	b, readers := l.Broker(), consumed(l.T())
	keys := map[string]string{"tickets.ticket.v1": "d1", "dispatch.visit.v1": "d2", "hr.staff.v1": "t1", "residents.person.v1": "poison"}
	widen(l.T(), b, readers)
	var want []string
	rounds := 0
	for end := time.Now().Add(l.length); rounds == 0 || time.Now().Before(end); rounds++ {
		for topic, groups := range readers {
			key, known := keys[topic]
			if !known {
				l.T().Fatalf("nothing is known that would poison %s", topic)
			}
			want = append(want, l.poison(b, topic, key, groups, rounds)...)
		}
		pause(l.either(time.Second, time.Minute))
	}
	awaitLetters(l.T(), b, want)
	again := b.Redrive()
	awaitLetters(l.T(), b, append(want, want...))
	redriven := 0
	for _, letter := range b.Letters() {
		if letter.Redriven {
			redriven++
		}
		if letter.Error == "" || letter.Attempts != 1 {
			l.T().Errorf("the letter %+v does not tell enough", letter)
		}
	}
	if redriven != len(want) {
		l.T().Errorf("%d letters know that they were redriven, of %d", redriven, len(want))
	}
	if shown := b.Letter(again[0].Name); shown.ID != again[0].ID || !shown.Redriven {
		l.T().Errorf("the letter %s is shown as %+v", again[0].Name, shown)
	}
	l.T().Logf("%d topics, %d kinds of poison, %d rounds: %d dead letters, all redriven", len(readers), len(spoilt), rounds, len(again))
}

// poison pours one of each kind and answers the letters that must come of it.
func (l *load) poison(b *harness.Broker, topic, key string, groups []string, round int) (letters []string) {
	l.T().Helper()
	var records []kafka.Message
	for _, kind := range spoilt {
		event := examples(key)[topic]
		if !kind.unreadable {
			event = l.harmless(topic, key)
		}
		m := bustest.Message(l.T(), key, event)
		m.ID = fmt.Sprintf("%s %d", kind.name, round)
		r := record(b.Company, m)
		kind.spoil(&r)
		records = append(records, r)
		for _, group := range groups {
			if kind.unreadable {
				letters = append(letters, group+" "+topic+" "+m.ID+": undecodable")
			}
		}
	}
	for _, r := range records { // one by one: a batch would be too large
		if err := pour(l.T(), b, r); err != nil {
			l.T().Fatal(err)
		}
	}
	return letters
}

// harmless is an event that its readers handle without doing anything that the load would see.
func (l *load) harmless(topic, key string) proto.Message {
	_, ticket := l.any(0)
	return map[string]proto.Message{
		"tickets.ticket.v1":   &ticketsv1.TicketClosed{Head: &ticketsv1.Head{TicketId: "poison", DistrictId: key, At: timestamppb.Now()}},
		"dispatch.visit.v1":   &dispatchv1.EtaChanged{Head: &dispatchv1.Head{VisitId: "poison", TicketId: ticket, DistrictId: key}},
		"hr.staff.v1":         &hrv1.DutyEnded{StaffId: key},
		"residents.person.v1": &residentsv1.PersonRegistered{PersonId: key, PhoneHash: key},
	}[topic]
}

// awaitLetters waits until there are as many dead letters as there must be, and holds them against each other.
func awaitLetters(t testing.TB, b *harness.Broker, want []string) {
	t.Helper()
	var got []string
	await(t, fmt.Sprintf("%d dead letters", len(want)), func() error {
		got = nil
		for _, letter := range b.Letters() {
			got = append(got, letter.Group+" "+letter.Topic+" "+letter.ID+": "+letter.Class)
		}
		if len(got) < len(want) {
			return fmt.Errorf("there are %d", len(got))
		}
		return nil
	})
	slices.Sort(got)
	if diff := cmp.Diff(slices.Sorted(slices.Values(want)), got); diff != "" {
		t.Errorf("dead letters (-want +got):\n%s", diff)
	}
}

// await repeats check until it passes, for a minute at most.
func await(t testing.TB, what string, check func() error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		err := check()
		if err == nil {
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("%s: %v", what, errors.Join(err, ctx.Err()))
		}
	}
}
