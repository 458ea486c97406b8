package gateway

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"github.com/grpc-ecosystem/grpc-gateway/v2/utilities"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/linlihub/linli/libs/fault"
)

// queryParser reads query parameters as grpc-gateway does, and says which of them does not fit its field.
type queryParser struct{ usual runtime.DefaultQueryParser }

// misfitMark begins what a misfit says. grpc-gateway hands on only the words of an error of its parser, so our own words carry it.
const misfitMark = "query parameter "

// mostField is how much of a parameter's name is repeated to whoever sent it.
const mostField = 64

// Parse fills m, or answers a misfit.
func (p *queryParser) Parse(m proto.Message, values url.Values, filter *utilities.DoubleArray) error {
	err := p.usual.Parse(m, values, filter)
	if err == nil {
		return nil
	}
	upTo := url.Values{}
	for _, key := range slices.Sorted(maps.Keys(values)) {
		upTo[key] = values[key]
		if p.usual.Parse(m.ProtoReflect().New().Interface(), upTo, filter) == nil {
			continue
		}
		return fmt.Errorf("%s%.*q %s", misfitMark, mostField, strings.ToValidUTF8(key, "?"), p.wants(m, key, values[key], filter))
	}
	return fmt.Errorf("read query: %w", err)
}

// wants is the kind of value that a parameter should have: that of its field, unless it has one, but several times.
func (p *queryParser) wants(m proto.Message, key string, values []string, filter *utilities.DoubleArray) string {
	field := fieldOf(m.ProtoReflect().Descriptor(), key)
	if field == nil {
		return "no field"
	}
	for _, value := range values {
		if p.usual.Parse(m.ProtoReflect().New().Interface(), url.Values{key: {value}}, filter) != nil {
			return kindOf(field)
		}
	}
	return "once"
}

// fieldOf finds the field that a parameter names, such as "place.point.lat"; nil: none.
func fieldOf(m protoreflect.MessageDescriptor, key string) (field protoreflect.FieldDescriptor) {
	for name := range strings.SplitSeq(key, ".") {
		if m == nil {
			return nil
		}
		if field = m.Fields().ByTextName(name); field == nil {
			field = m.Fields().ByJSONName(name)
		}
		if field == nil {
			return nil
		}
		m = field.Message()
	}
	return field
}

func kindOf(field protoreflect.FieldDescriptor) string {
	if m := field.Message(); m != nil {
		return string(m.FullName())
	}
	return field.Kind().String()
}

// wanted is what a parameter of a kind should be.
var wanted = map[string]struct{ zh, en string }{
	"no field":                  {"不是这样的参数", "is no such parameter"},
	"once":                      {"只能出现一次", "must be there once only"},
	"bool":                      {"必须是 true 或 false", "must be true or false"},
	"int32":                     {"必须是 32 位整数", "must be a whole number of 32 bits"},
	"int64":                     {"必须是 64 位整数", "must be a whole number of 64 bits"},
	"uint32":                    {"必须是 32 位非负整数", "must be a whole number of 32 bits, not negative"},
	"uint64":                    {"必须是 64 位非负整数", "must be a whole number of 64 bits, not negative"},
	"float":                     {"必须是数字", "must be a number"},
	"double":                    {"必须是数字", "must be a number"},
	"enum":                      {"必须是接口文档列出的取值之一", "must be one of the values in the document"},
	"google.protobuf.Timestamp": {"必须是时间，例如 2026-03-07T08:00:00Z", "must be a time such as 2026-03-07T08:00:00Z"},
}

// misfit reads what queryParser said; nil: it was not its word.
func misfit(said string) *fault.Error {
	rest, ours := strings.CutPrefix(said, misfitMark)
	if !ours {
		return nil
	}
	quoted, err := strconv.QuotedPrefix(rest)
	if err != nil {
		return nil
	}
	field, err := strconv.Unquote(quoted)
	if err != nil {
		return nil
	}
	want, known := wanted[strings.TrimSpace(rest[len(quoted):])]
	if !known {
		want.zh, want.en = "与字段类型不符", "does not have the type of its field"
	}
	return errQuery.With("field", field).Field(field, want.zh, want.en)
}
