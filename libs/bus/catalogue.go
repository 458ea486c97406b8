package bus

import (
	"slices"
	"strings"
	"sync"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	opv1 "github.com/linlihub/linli/proto/gen/linli/op/v1"
)

// Event is a kind of message that this program knows, for it carries the option linli.op.v1.event.
type Event struct {
	Type  string // full name, such as linli.tickets.v1.TicketOpened
	Topic string // without the company
}

// Catalogue lists every event that is linked into this program, by type.
func Catalogue() []Event { return slices.Clone(catalogue()) }

// CatalogueTopics lists the topics of the catalogue, each once.
func CatalogueTopics() []string {
	var topics []string
	for _, e := range catalogue() {
		topics = append(topics, e.Topic)
	}
	slices.Sort(topics)
	return slices.Compact(topics)
}

// TopicOf is where a message is published, and false if it is no event.
func TopicOf(m proto.Message) (string, bool) { return topicOf(m.ProtoReflect().Descriptor()) }

func topicOf(d protoreflect.MessageDescriptor) (string, bool) {
	event, _ := proto.GetExtension(d.Options(), opv1.E_Event).(*opv1.Event)
	return event.GetTopic(), event.GetTopic() != ""
}

// catalogue walks the registry once: generated types register themselves before main.
var catalogue = sync.OnceValue(func() (events []Event) {
	protoregistry.GlobalTypes.RangeMessages(func(mt protoreflect.MessageType) bool {
		if topic, ok := topicOf(mt.Descriptor()); ok {
			events = append(events, Event{Type: string(mt.Descriptor().FullName()), Topic: topic})
		}
		return true
	})
	slices.SortFunc(events, func(a, b Event) int { return strings.Compare(a.Type, b.Type) })
	return events
})
