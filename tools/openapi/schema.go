package openapi

import (
	"fmt"
	"slices"
	"strings"

	opv1 "github.com/linlihub/linli/proto/gen/linli/op/v1"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// direction says who writes a message. The server leaves nothing out (EmitUnpopulated), so an answer's fields are all
// required and an absent message is null; a client may leave out what no rule demands. A message that travels both ways
// has two schemas.
type direction bool

const (
	answer  direction = false
	request direction = true
)

// schemas collects the component schemas that the paths refer to.
type schemas struct {
	components map[string]*Schema
	err        error
}

func (s *schemas) fail(what protoreflect.FullName, err error) {
	if s.err == nil && err != nil {
		s.err = fmt.Errorf("%s: %w", what, err)
	}
}

// message answers a reference to a message's schema, which is made at the first use. Fields named in without travel
// elsewhere, in the path.
func (s *schemas) message(md protoreflect.MessageDescriptor, way direction, without ...string) *Schema {
	if known, ok := wellKnown(md.FullName()); ok {
		return known
	}
	name := shortName(md.FullName())
	if way == request && !strings.HasSuffix(string(topLevel(md).Name()), "Request") {
		name += ".Input"
	}
	ref := &Schema{Ref: "#/components/schemas/" + name}
	if _, made := s.components[name]; made {
		return ref
	}
	schema := &Schema{Type: "object", Description: comment(md)}
	s.components[name] = schema // before its fields: a message may hold itself
	for i := range md.Fields().Len() {
		field := md.Fields().Get(i)
		if slices.Contains(without, string(field.Name())) {
			continue
		}
		schema.Properties = append(schema.Properties, Property{string(field.Name()), s.field(field, way)})
		if way == answer && field.ContainingOneof() == nil || way == request && demands(rulesOf(field)) {
			schema.Required = append(schema.Required, string(field.Name()))
		}
	}
	return ref
}

func topLevel(md protoreflect.MessageDescriptor) protoreflect.MessageDescriptor {
	for {
		parent, nested := md.Parent().(protoreflect.MessageDescriptor)
		if !nested {
			return md
		}
		md = parent
	}
}

// field answers the schema of a field, with its comment and its rules.
func (s *schemas) field(field protoreflect.FieldDescriptor, way direction) *Schema {
	var schema *Schema
	switch {
	case field.IsMap():
		schema = &Schema{Type: "object", AdditionalProperties: s.single(field.MapValue(), way)}
	case field.IsList():
		schema = &Schema{Type: "array", Items: s.single(field, way)}
	case field.Message() != nil && way == answer:
		schema = nullable(s.single(field, way))
	default:
		schema = s.single(field, way)
	}
	if way == request {
		s.fail(field.FullName(), constrain(schema, rulesOf(field)))
	}
	schema.Description = comment(field)
	if personal, _ := proto.GetExtension(field.Options(), opv1.E_Personal).(opv1.Personal); personal != 0 {
		schema.Personal = strings.ToLower(strings.TrimPrefix(personal.String(), "PERSONAL_"))
	}
	return schema
}

func nullable(schema *Schema) *Schema {
	if schema.Ref == "" {
		schema.Type = []any{schema.Type, "null"}
		return schema
	}
	return &Schema{AnyOf: []*Schema{schema, {Type: "null"}}}
}

// single answers the schema of one value, as protojson writes it.
func (s *schemas) single(field protoreflect.FieldDescriptor, way direction) *Schema {
	switch field.Kind() {
	case protoreflect.BoolKind:
		return &Schema{Type: "boolean"}
	case protoreflect.StringKind:
		return &Schema{Type: "string"}
	case protoreflect.BytesKind:
		return &Schema{Type: "string", ContentEncoding: "base64"}
	case protoreflect.Int32Kind, protoreflect.Sint32Kind, protoreflect.Sfixed32Kind:
		return &Schema{Type: "integer", Format: "int32"}
	case protoreflect.Uint32Kind, protoreflect.Fixed32Kind:
		return &Schema{Type: "integer", Format: "int64", Minimum: proto.Float64(0)}
	case protoreflect.Int64Kind, protoreflect.Sint64Kind, protoreflect.Sfixed64Kind:
		return &Schema{Type: "string", Format: "int64", Pattern: "^-?[0-9]+$"}
	case protoreflect.Uint64Kind, protoreflect.Fixed64Kind:
		return &Schema{Type: "string", Format: "uint64", Pattern: "^[0-9]+$"}
	case protoreflect.FloatKind, protoreflect.DoubleKind:
		return &Schema{Type: "number", Format: "double"}
	case protoreflect.EnumKind:
		return s.enum(field.Enum())
	case protoreflect.MessageKind, protoreflect.GroupKind:
		return s.message(field.Message(), way)
	}
	s.fail(field.FullName(), fmt.Errorf("kind %s has no schema", field.Kind()))
	return &Schema{}
}

// enum answers a reference to the enum's names. Their meaning in both languages is what the comments say.
func (s *schemas) enum(ed protoreflect.EnumDescriptor) *Schema {
	name := shortName(ed.FullName())
	ref := &Schema{Ref: "#/components/schemas/" + name}
	if _, made := s.components[name]; made {
		return ref
	}
	schema := &Schema{Type: "string", Description: comment(ed)}
	for i := range ed.Values().Len() {
		value := ed.Values().Get(i)
		schema.Enum = append(schema.Enum, string(value.Name()))
		if text := meaning(value); text != "" {
			if schema.EnumDescriptions == nil {
				schema.EnumDescriptions = make(map[string]string)
			}
			schema.EnumDescriptions[string(value.Name())] = text
		}
	}
	s.components[name] = schema
	return ref
}

// meaning is the comment without the name that it begins with.
func meaning(value protoreflect.EnumValueDescriptor) string {
	return strings.TrimSpace(strings.TrimPrefix(comment(value), string(value.Name())))
}

func wellKnown(name protoreflect.FullName) (*Schema, bool) {
	switch name {
	case "google.protobuf.Timestamp":
		return &Schema{Type: "string", Format: "date-time"}, true
	case "google.protobuf.Duration":
		return &Schema{Type: "string", Pattern: `^-?[0-9]+(\.[0-9]+)?s$`}, true
	case "google.protobuf.Empty":
		return &Schema{Type: "object"}, true
	}
	return nil, false
}
