package bus

import (
	"context"
	"fmt"
	"slices"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
)

// Router knows which handler takes which event. It is filled once, before its consumer runs.
type Router struct {
	handlers map[string]handler
}

type handler struct {
	topic string
	run   func(context.Context, Message) error
}

// NewRouter makes an empty router.
func NewRouter() *Router { return &Router{handlers: map[string]handler{}} }

// Handle registers the handler of an event. It panics, at wiring, on a message that is no event or names no key, and on a second handler.
//
// The handler gets its own copy of the event. It must return when ctx ends, and must not keep ctx. What its error leads
// to is told in the package comment.
func Handle[E proto.Message](r *Router, h func(ctx context.Context, m Message, e E) error) {
	var none E
	kind := none.ProtoReflect().Type()
	name := string(kind.Descriptor().FullName())
	topic, ok := topicOf(kind.Descriptor())
	if !ok {
		panic(fmt.Sprintf("bus: %s is no event: it lacks the option linli.op.v1.event", name))
	}
	if _, taken := r.handlers[name]; taken {
		panic(fmt.Sprintf("bus: %s has two handlers", name))
	}
	key, err := keyPathOf(kind.Descriptor())
	if err != nil {
		panic(err.Error())
	}
	r.handlers[name] = handler{topic: topic, run: func(ctx context.Context, m Message) error {
		event, ok := kind.New().Interface().(E)
		if !ok {
			return fmt.Errorf("%w: %s is not what its handler takes", ErrUndecodable, m.Type)
		}
		if err := proto.Unmarshal(m.Data, event); err != nil {
			return fmt.Errorf("%w: payload of %s: %w", ErrUndecodable, m.Type, err)
		}
		if err := key.check(event.ProtoReflect(), m.Key); err != nil {
			return fmt.Errorf("%w: %w", ErrUndecodable, err)
		}
		return h(ctx, m, event)
	}}
}

// Topics lists what must be read for the handlers, without the company.
func (r *Router) Topics() []string {
	var topics []string
	for _, h := range r.handlers {
		topics = append(topics, h.topic)
	}
	slices.Sort(topics)
	return slices.Compact(topics)
}

// find gives the handler of a message. There is none, and no error, for an event that others handle.
func (r *Router) find(m Message) (func(context.Context, Message) error, error) {
	if h, ok := r.handlers[m.Type]; ok {
		if h.topic != m.Topic {
			return nil, fmt.Errorf("%w: %s does not belong in %s", ErrUndecodable, m.Type, m.Topic)
		}
		return h.run, nil
	}
	kind, err := protoregistry.GlobalTypes.FindMessageByName(protoreflect.FullName(m.Type))
	if err != nil {
		return nil, fmt.Errorf("%w: unknown type %.100q", ErrUndecodable, m.Type)
	}
	if _, ok := topicOf(kind.Descriptor()); !ok {
		return nil, fmt.Errorf("%w: %s is no event", ErrUndecodable, m.Type)
	}
	return nil, nil
}
