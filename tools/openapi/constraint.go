package openapi

import (
	"fmt"
	"regexp"
	"slices"

	"buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

func rulesOf(field protoreflect.FieldDescriptor) *validate.FieldRules {
	rules, _ := proto.GetExtension(field.Options(), validate.E_Field).(*validate.FieldRules)
	if rules.GetIgnore() == validate.Ignore_IGNORE_ALWAYS {
		return nil
	}
	return rules
}

// constrain copies protovalidate's rules into their JSON Schema words. A rule without such a word stops the generator:
// a document that promises less than the server demands would be a trap.
func constrain(schema *Schema, rules *validate.FieldRules) (err error) {
	eachRule(rules, func(rule protoreflect.FieldDescriptor, value protoreflect.Value) bool {
		err = constrainBy(schema, rule, value)
		if err == nil && rules.GetIgnore() == validate.Ignore_IGNORE_IF_ZERO_VALUE && rule.Name() == "pattern" {
			schema.Pattern = "^$|" + schema.Pattern // the empty word stands for "not given"
		}
		return err == nil
	})
	return err
}

func constrainBy(schema *Schema, rule protoreflect.FieldDescriptor, value protoreflect.Value) error {
	switch rule.Name() {
	case "min_len":
		schema.MinLength = countable(schema, value)
	case "max_len":
		schema.MaxLength = countable(schema, value)
	case "pattern":
		schema.Pattern = value.String()
	case "min_items":
		schema.MinItems = proto.Uint64(value.Uint())
	case "max_items":
		schema.MaxItems = proto.Uint64(value.Uint())
	case "unique":
		schema.UniqueItems = value.Bool()
	case "gte", "gt", "lte", "lt":
		bound(schema, string(rule.Name()), number(value))
	case "items":
		items, _ := value.Message().Interface().(*validate.FieldRules)
		return constrain(schema.Items, items)
	case "in":
		if rule.Kind() != protoreflect.StringKind {
			return fmt.Errorf("rule %s has no word in the document yet", rule.FullName())
		}
		for i := range value.List().Len() {
			schema.Enum = append(schema.Enum, value.List().Get(i).String())
		}
	case "defined_only", "not_in":
		// an enum's schema lists what is defined; what is not in it shows as required (see demands)
	default:
		return fmt.Errorf("rule %s has no word in the document yet", rule.FullName())
	}
	return nil
}

// countable answers a length, unless it counts bytes that travel as base64.
func countable(schema *Schema, value protoreflect.Value) *uint64 {
	if schema.ContentEncoding != "" {
		return nil
	}
	return proto.Uint64(value.Uint())
}

// bound sets a limit. A 64-bit integer travels as a string, which can only be kept from being negative.
func bound(schema *Schema, rule string, limit float64) {
	if schema.Type == "string" {
		if rule == "gte" && limit == 0 || rule == "gt" {
			schema.Pattern = "^[0-9]+$"
		}
		return
	}
	switch rule {
	case "gte":
		schema.Minimum = &limit
	case "gt":
		schema.ExclusiveMinimum = &limit
	case "lte":
		schema.Maximum = &limit
	case "lt":
		schema.ExclusiveMaximum = &limit
	}
}

func number(value protoreflect.Value) float64 {
	switch n := value.Interface().(type) {
	case int32:
		return float64(n)
	case int64:
		return float64(n)
	case uint32:
		return float64(n)
	case uint64:
		return float64(n)
	case float32:
		return float64(n)
	case float64:
		return n
	}
	return 0
}

// demands reports whether the rules refuse a field that is left out: it arrives as the zero value of its type.
func demands(rules *validate.FieldRules) (required bool) {
	if rules.GetRequired() {
		return true
	}
	if rules.GetIgnore() == validate.Ignore_IGNORE_IF_ZERO_VALUE {
		return false
	}
	eachRule(rules, func(rule protoreflect.FieldDescriptor, value protoreflect.Value) bool {
		required = required || refusesZero(rule, value)
		return true
	})
	return required
}

func refusesZero(rule protoreflect.FieldDescriptor, value protoreflect.Value) bool {
	switch rule.Name() {
	case "min_len", "min_items":
		return value.Uint() > 0
	case "pattern":
		return !regexp.MustCompile(value.String()).MatchString("")
	case "gte":
		return number(value) > 0
	case "gt":
		return number(value) >= 0
	case "in":
		return !slices.ContainsFunc(elements(value.List()), isZero)
	case "not_in":
		return slices.ContainsFunc(elements(value.List()), isZero)
	}
	return false
}

func elements(list protoreflect.List) (all []protoreflect.Value) {
	for i := range list.Len() {
		all = append(all, list.Get(i))
	}
	return all
}

func isZero(value protoreflect.Value) bool {
	if word, ok := value.Interface().(string); ok {
		return word == ""
	}
	return number(value) == 0
}

// eachRule visits the rules that are set for the field's own type: string.min_len, repeated.items, …
func eachRule(rules *validate.FieldRules, visit func(protoreflect.FieldDescriptor, protoreflect.Value) bool) {
	message := rules.ProtoReflect()
	oneof := message.Descriptor().Oneofs().ByName("type")
	if chosen := message.WhichOneof(oneof); chosen != nil {
		message.Get(chosen).Message().Range(visit)
	}
}
