package bus

import (
	"errors"
	"fmt"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	opv1 "github.com/linlihub/linli/proto/gen/linli/op/v1"
)

// keyPath is the way to the field by whose value an event keeps its order.
type keyPath []protoreflect.FieldDescriptor

// keyPathOf follows the option linli.op.v1.event.key, such as head.district_id.
func keyPathOf(d protoreflect.MessageDescriptor) (path keyPath, err error) {
	event, _ := proto.GetExtension(d.Options(), opv1.E_Event).(*opv1.Event)
	name := d.FullName()
	for step := range strings.SplitSeq(event.GetKey(), ".") {
		if d == nil {
			return nil, fmt.Errorf("bus: the key of %s, %q, goes through a field that is no message", name, event.GetKey())
		}
		field := d.Fields().ByName(protoreflect.Name(step))
		if field == nil || field.Cardinality() == protoreflect.Repeated {
			return nil, fmt.Errorf("bus: the key of %s, %q, leads nowhere", name, event.GetKey())
		}
		path, d = append(path, field), field.Message()
	}
	if path[len(path)-1].Kind() != protoreflect.StringKind {
		return nil, fmt.Errorf("bus: the key of %s, %q, is no string", name, event.GetKey())
	}
	return path, nil
}

func (p keyPath) of(m protoreflect.Message) string {
	last := len(p) - 1
	for _, field := range p[:last] {
		m = m.Get(field).Message()
	}
	return m.Get(p[last]).String()
}

// CheckKey tells why an event may not travel under a key: its order would not be that of what it happened to.
func CheckKey(event proto.Message, key string) error {
	path, err := keyPathOf(event.ProtoReflect().Descriptor())
	if err != nil {
		return err
	}
	return path.check(event.ProtoReflect(), key)
}

var errKey = errors.New("its content names another key")

func (p keyPath) check(event protoreflect.Message, key string) error {
	if own := p.of(event); own != key {
		return fmt.Errorf("key %.40q of %s: %w, %.40q", key, event.Descriptor().FullName(), errKey, own)
	}
	return nil
}
