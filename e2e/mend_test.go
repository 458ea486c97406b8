package e2e_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/linlihub/linli/libs/bus"
	"github.com/linlihub/linli/libs/bus/bustest"
	"github.com/linlihub/linli/libs/fault"
	dispatchv1 "github.com/linlihub/linli/proto/gen/linli/dispatch/v1"
	hrv1 "github.com/linlihub/linli/proto/gen/linli/hr/v1"
	opv1 "github.com/linlihub/linli/proto/gen/linli/op/v1"
	residentsv1 "github.com/linlihub/linli/proto/gen/linli/residents/v1"
	ticketsv1 "github.com/linlihub/linli/proto/gen/linli/tickets/v1"
	"github.com/segmentio/kafka-go"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/linlihub/linli/e2e/harness"
)

// handlers' poison: what is the matter with the handler and not with the message, and the class of the dead letter.
var faulty = map[string]string{
	"panic in the handler": "panic", "endless handler": "overdue", "handler that ignores its end": "hung", "two sound megabytes": "permanent",
}

// lab is a service whose handlers are faulty, until they are mended.
type lab struct {
	mended  atomic.Bool
	forEver chan struct{}

	mu      sync.Mutex
	effects []string // by topic, key and id, as they happened
}

func (l *lab) handle(ctx context.Context, m bus.Message) error {
	kind, _, _ := strings.Cut(m.ID, " #")
	if class := faulty[kind]; !l.mended.Load() {
		switch class {
		case "panic":
			panic("the handler trips over " + kind)
		case "overdue":
			<-ctx.Done()
			return ctx.Err()
		case "hung":
			<-l.forEver
		case "permanent":
			return fault.TooLarge
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.effects = append(l.effects, m.Topic+" "+m.Key+" "+m.ID)
	return nil
}

func (l *lab) router() *bus.Router {
	r := bus.NewRouter()
	tell[*ticketsv1.TicketOpened](r, l)
	tell[*dispatchv1.VisitOffered](r, l)
	tell[*hrv1.StaffChanged](r, l)
	tell[*residentsv1.PersonRegistered](r, l)
	return r
}

func tell[E proto.Message](r *bus.Router, l *lab) {
	bus.Handle(r, func(ctx context.Context, m bus.Message, _ E) error { return l.handle(ctx, m) })
}

// Ten kinds of poison, and some more, in each topic that a service reads, on the real broker: what is good is handled, once and
// in the order of its key, whatever lies between; each bad message becomes one dead letter that tells its cause. Once the
// handlers are mended, and a release runs that knows the types that were unknown, all that can be handled is, by redriving it.
func TestPoisonIsSetAsideAndRedriven(t *testing.T) {
	const keys = 4
	b := harness.RealKafka(t)
	service := &lab{forEver: make(chan struct{})}
	t.Cleanup(func() { close(service.forEver) })
	router := service.router()
	cfg := bus.Config{
		Brokers: []string{b.Address}, Company: b.Company, Deadline: time.Second,
		Pauses: []time.Duration{10 * time.Millisecond}, Topics: bus.TopicSettings{Partitions: 3},
	}
	if err := bus.EnsureTopics(t.Context(), cfg, map[string][]string{"lab": router.Topics()}); err != nil {
		t.Fatal(err)
	}
	readers := consumed(t)
	if diff := cmp.Diff(slices.Sorted(maps.Keys(readers)), router.Topics()); diff != "" {
		t.Fatalf("topics (-read by services +poisoned):\n%s", diff)
	}
	refuseLarge(t, b)
	widen(t, b, readers)
	(&bustest.Bus{Config: cfg}).Consume(t, "lab", router)

	var effects, letters, mendable, hopeless []string
	for topic := range readers {
		for k := range keys {
			p := pot{T: t, broker: b, topic: topic, key: fmt.Sprint("k", k)}
			p.fill()
			effects, letters = append(effects, p.effects...), append(letters, p.letters...)
			mendable, hopeless = append(mendable, p.mendable...), append(hopeless, p.hopeless...)
		}
	}
	service.await(t, effects)
	awaitLetters(t, b, letters)
	service.mended.Store(true)
	for topic, m := range examples("") {
		learn(t, topic, m)
	}
	if n := len(b.Redrive()); n != len(letters) {
		t.Errorf("%d letters of %d were redriven", n, len(letters))
	}
	service.await(t, append(effects, mendable...))
	awaitLetters(t, b, append(letters, hopeless...))
	t.Logf("%d topics: %d good events handled, %d dead letters, %d of them handled after the fix and %d that nobody can read dead again",
		len(readers), len(effects), len(letters), len(mendable), len(hopeless))
}

// pot is what lies under one key of a topic, and what must come of it.
type pot struct {
	*testing.T
	broker     *harness.Broker
	topic, key string

	records                              []kafka.Message
	effects, letters, mendable, hopeless []string
}

// fill pours a message of each kind, with a good one before and after it.
func (p *pot) fill() {
	p.Helper()
	p.good()
	for _, kind := range spoilt {
		r := p.put(kind.name)
		kind.spoil(r)
		id := " " + kind.name + " #" + p.key
		switch {
		case !kind.unreadable:
			p.effects = append(p.effects, p.topic+" "+p.key+id)
		case kind.name == "unknown type" || kind.name == "future version":
			p.letters = append(p.letters, "lab "+p.topic+id+": undecodable") // and then it is known, for others to handle
		default:
			p.letters = append(p.letters, "lab "+p.topic+id+": undecodable")
			p.hopeless = append(p.hopeless, "lab "+p.topic+id+": undecodable")
		}
		p.good()
	}
	for _, kind := range slices.Sorted(maps.Keys(faulty)) {
		r := p.put(kind)
		if kind == "two sound megabytes" { // as of a release with another field
			r.Value = append(r.Value, 0xfa, 0x3f, 0x80, 0x80, 0x80, 0x01)
			r.Value = append(r.Value, make([]byte, 2*megabyte)...)
		}
		id := " " + kind + " #" + p.key
		p.letters = append(p.letters, "lab "+p.topic+id+": "+faulty[kind])
		p.mendable = append(p.mendable, p.topic+" "+p.key+id)
		p.good()
	}
	for _, r := range p.records { // one by one: a batch would be too large
		if err := pour(p, p.broker, r); err != nil {
			p.Fatal(err)
		}
	}
}

func (p *pot) good() {
	name := fmt.Sprintf("good %d", len(p.records))
	p.put(name)
	p.effects = append(p.effects, p.topic+" "+p.key+" "+name+" #"+p.key)
}

func (p *pot) put(name string) *kafka.Message {
	p.Helper()
	m := bustest.Message(p, p.key, examples(p.key)[p.topic])
	m.ID = name + " #" + p.key
	p.records = append(p.records, record(p.broker.Company, m))
	return &p.records[len(p.records)-1]
}

// await waits for the effects: each once, and those of one key in order.
func (l *lab) await(t *testing.T, want []string) {
	t.Helper()
	var got []string
	await(t, fmt.Sprintf("%d effects", len(want)), func() error {
		l.mu.Lock()
		defer l.mu.Unlock()
		if got = slices.Clone(l.effects); len(got) < len(want) {
			return fmt.Errorf("there are %d", len(got))
		}
		return nil
	})
	of := func(line string) string { return strings.Join(strings.Fields(line)[:2], " ") }
	byKey := func(a, b string) int { return strings.Compare(of(a), of(b)) }
	want = slices.SortedStableFunc(slices.Values(want), byKey)
	slices.SortStableFunc(got, byKey)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("effects (-want +got):\n%s", diff)
	}
}

// refuseLarge sees that the broker keeps out what is too large unless it is told otherwise.
func refuseLarge(t *testing.T, b *harness.Broker) {
	t.Helper()
	m := bustest.Message(t, "k0", examples("k0")["hr.staff.v1"])
	r := record(b.Company, m)
	r.Value = make([]byte, 2*megabyte)
	if err := pour(t, b, r); err == nil || !strings.Contains(err.Error(), kafka.MessageSizeTooLarge.Title()) {
		t.Errorf("two megabytes were answered %v", err)
	}
}

// learn has this process know the types that were unknown in a topic, as the next release would.
func learn(t *testing.T, topic string, example proto.Message) {
	t.Helper()
	kind := string(example.ProtoReflect().Descriptor().FullName())
	unknown := kind[:strings.LastIndex(kind, ".")] + ".SomethingNew"
	for _, name := range []string{unknown, futureType(kind)} {
		at := strings.LastIndex(name, ".")
		options := &descriptorpb.MessageOptions{}
		proto.SetExtension(options, opv1.E_Event, &opv1.Event{Topic: topic})
		file, err := protodesc.NewFile(&descriptorpb.FileDescriptorProto{
			Name: proto.String(name + ".proto"), Package: proto.String(name[:at]), Syntax: proto.String("proto3"),
			Dependency:  []string{"linli/op/v1/options.proto"},
			MessageType: []*descriptorpb.DescriptorProto{{Name: proto.String(name[at+1:]), Options: options}},
		}, protoregistry.GlobalFiles)
		if err != nil {
			t.Fatal(err)
		}
		message := file.Messages().ByName(protoreflect.Name(name[at+1:]))
		if err := protoregistry.GlobalTypes.RegisterMessage(dynamicpb.NewMessageType(message)); err != nil {
			t.Fatal(err)
		}
	}
}
