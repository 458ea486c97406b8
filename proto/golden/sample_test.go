package golden

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// addMissing writes the next sample of every event that has a field which no sample shows.
func addMissing() error {
	for _, event := range events() {
		missing, err := unshown(event)
		if err != nil {
			return err
		}
		if len(missing) > 0 {
			if err := add(event); err != nil {
				return err
			}
		}
	}
	return nil
}

// unshown are the fields of an event, as paths, that are set in none of its samples.
func unshown(event protoreflect.MessageDescriptor) ([]string, error) {
	names, err := samplesOf(event)
	if err != nil {
		return nil, err
	}
	missing := make(map[string]bool)
	eachPath(filled(event), "", func(path string) { missing[path] = true })
	for _, name := range names {
		sample, err := decode(name)
		if err != nil {
			return nil, err
		}
		eachPath(sample.ProtoReflect(), "", func(path string) { delete(missing, path) })
	}
	return slices.Sorted(maps.Keys(missing)), nil
}

func samplesOf(event protoreflect.MessageDescriptor) ([]string, error) {
	return filepath.Glob(string(event.FullName()) + ".*.bin")
}

func add(event protoreflect.MessageDescriptor) error {
	names, err := samplesOf(event)
	if err != nil {
		return err
	}
	message := filled(event).Interface()
	raw, err := proto.MarshalOptions{Deterministic: true}.Marshal(message)
	if err != nil {
		return fmt.Errorf("encode %s: %w", event.FullName(), err)
	}
	compact, err := protojson.MarshalOptions{UseProtoNames: true}.Marshal(message)
	if err != nil {
		return fmt.Errorf("encode %s: %w", event.FullName(), err)
	}
	var text bytes.Buffer
	if err := json.Indent(&text, compact, "", "  "); err != nil {
		return err
	}
	text.WriteByte('\n')
	base := fmt.Sprintf("%s.%d", event.FullName(), len(names)+1)
	if err := os.WriteFile(base+".json", text.Bytes(), 0o644); err != nil {
		return err
	}
	return os.WriteFile(base+".bin", raw, 0o644)
}

// filled is a message with every field set, the same at every run.
func filled(descriptor protoreflect.MessageDescriptor) protoreflect.Message {
	kind, err := protoregistry.GlobalTypes.FindMessageByName(descriptor.FullName())
	if err != nil {
		panic(err) // the descriptor came from the same registry
	}
	message := kind.New()
	fill(message, "", 4)
	return message
}

// fill sets every field, to a depth that ends a message which holds itself.
func fill(message protoreflect.Message, path string, depth int) {
	if at, ok := message.Interface().(*timestamppb.Timestamp); ok {
		proto.Merge(at, timestamppb.New(time.Date(2025, 3, 24, 8, len(path), 0, 123_000_000, time.UTC)))
		return
	}
	if depth == 0 {
		return
	}
	fields := message.Descriptor().Fields()
	for i := range fields.Len() {
		field := fields.Get(i)
		name := path + "/" + string(field.Name())
		switch {
		case field.IsMap():
			entry := message.Mutable(field).Map()
			entry.Set(value(field.MapKey(), name).MapKey(), element(field.MapValue(), entry.NewValue, name, depth))
		case field.IsList():
			list := message.Mutable(field).List()
			list.Append(element(field, list.NewElement, name+"/1", depth))
			list.Append(element(field, list.NewElement, name+"/2", depth))
		default:
			message.Set(field, element(field, func() protoreflect.Value { return message.NewField(field) }, name, depth))
		}
	}
}

func element(field protoreflect.FieldDescriptor, blank func() protoreflect.Value, name string, depth int) protoreflect.Value {
	if field.Message() == nil {
		return value(field, name)
	}
	part := blank()
	fill(part.Message(), name, depth-1)
	return part
}

// value is a scalar that tells where it stands, never the zero value.
func value(field protoreflect.FieldDescriptor, name string) protoreflect.Value {
	number := int64(len(name))*1000 + int64(field.Number())
	switch field.Kind() {
	case protoreflect.BoolKind:
		return protoreflect.ValueOfBool(true)
	case protoreflect.EnumKind:
		values := field.Enum().Values()
		return protoreflect.ValueOfEnum(values.Get(min(1, values.Len()-1)).Number())
	case protoreflect.Int32Kind, protoreflect.Sint32Kind, protoreflect.Sfixed32Kind:
		return protoreflect.ValueOfInt32(int32(number))
	case protoreflect.Int64Kind, protoreflect.Sint64Kind, protoreflect.Sfixed64Kind:
		return protoreflect.ValueOfInt64(number * 1_000_000_007)
	case protoreflect.Uint32Kind, protoreflect.Fixed32Kind:
		return protoreflect.ValueOfUint32(uint32(number))
	case protoreflect.Uint64Kind, protoreflect.Fixed64Kind:
		return protoreflect.ValueOfUint64(uint64(number) * 1_000_000_007)
	case protoreflect.FloatKind:
		return protoreflect.ValueOfFloat32(float32(number) / 8)
	case protoreflect.DoubleKind:
		return protoreflect.ValueOfFloat64(float64(number) / 8)
	case protoreflect.StringKind:
		return protoreflect.ValueOfString("样本 " + name)
	case protoreflect.BytesKind:
		return protoreflect.ValueOfBytes([]byte(name))
	case protoreflect.MessageKind, protoreflect.GroupKind:
	}
	panic("no scalar: " + field.FullName())
}

// eachPath visits the fields that are set, as "head.ticket_id".
func eachPath(message protoreflect.Message, prefix string, visit func(string)) {
	message.Range(func(field protoreflect.FieldDescriptor, value protoreflect.Value) bool {
		path := prefix + string(field.Name())
		visit(path)
		for _, part := range parts(field, value) {
			eachPath(part, path+".", visit)
		}
		return true
	})
}
