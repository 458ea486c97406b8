package client

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"

	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	opv1 "github.com/linlihub/linli/proto/gen/linli/op/v1"
)

// operation is an rpc as its .proto declares it to the gateway.
type operation struct {
	name        string // tickets.v1.Tickets/Open
	verb        string
	path        string // with {field} for one segment
	body        bool   // the whole message, less what the path holds
	idempotency opv1.Idempotency
}

// wire is one request, ready to be sent as often as needed.
type wire struct {
	path  string
	query url.Values
	body  []byte
}

var operations sync.Map // full method → operation

func operationOf(method string) (operation, error) {
	if known, ok := operations.Load(method); ok {
		return known.(operation), nil
	}
	op, err := declared(method)
	if err == nil {
		operations.Store(method, op)
	}
	return op, err
}

func declared(method string) (operation, error) {
	name := strings.ReplaceAll(strings.TrimPrefix(method, "/"), "/", ".")
	d, err := protoregistry.GlobalFiles.FindDescriptorByName(protoreflect.FullName(name))
	rpc, ok := d.(protoreflect.MethodDescriptor)
	if err != nil || !ok {
		return operation{}, status.Errorf(codes.Unimplemented, "client: no rpc %s", method)
	}
	rule, _ := proto.GetExtension(rpc.Options(), annotations.E_Http).(*annotations.HttpRule)
	verb, path := route(rule)
	if path == "" {
		return operation{}, status.Errorf(codes.Unimplemented, "client: %s has no route", method)
	}
	declaration, _ := proto.GetExtension(rpc.Options(), opv1.E_Operation).(*opv1.Operation)
	return operation{
		name: strings.TrimPrefix(strings.TrimPrefix(method, "/"), "linli."), verb: verb, path: path,
		body: rule.GetBody() == "*", idempotency: declaration.GetIdempotency(),
	}, nil
}

func route(rule *annotations.HttpRule) (verb, path string) {
	switch {
	case rule.GetGet() != "":
		return http.MethodGet, rule.GetGet()
	case rule.GetPost() != "":
		return http.MethodPost, rule.GetPost()
	case rule.GetPut() != "":
		return http.MethodPut, rule.GetPut()
	case rule.GetPatch() != "":
		return http.MethodPatch, rule.GetPatch()
	case rule.GetDelete() != "":
		return http.MethodDelete, rule.GetDelete()
	}
	return "", ""
}

// request spreads a message over path, query and body.
func (op operation) request(in proto.Message) (wire, error) {
	rest := proto.Clone(in).ProtoReflect()
	path, err := op.fill(rest)
	if err != nil {
		return wire{}, err
	}
	if !op.body {
		query, err := queryOf(rest)
		return wire{path: path, query: query}, err
	}
	body, err := protojson.MarshalOptions{UseProtoNames: true}.Marshal(rest.Interface())
	if err != nil {
		return wire{}, fmt.Errorf("%s: encode: %w", op.name, err)
	}
	return wire{path: path, body: body}, nil
}

// fill moves fields of the message into the path.
func (op operation) fill(rest protoreflect.Message) (string, error) {
	var path strings.Builder
	left := op.path
	for {
		before, after, found := strings.Cut(left, "{")
		path.WriteString(before)
		if !found {
			return path.String(), nil
		}
		name, after, _ := strings.Cut(after, "}")
		field := rest.Descriptor().Fields().ByName(protoreflect.Name(name))
		if field == nil || field.Kind() != protoreflect.StringKind {
			return "", status.Errorf(codes.Internal, "client: %s has no text %q for its path", op.name, name)
		}
		path.WriteString(url.PathEscape(rest.Get(field).String()))
		rest.Clear(field)
		left = after
	}
}

// queryOf writes the fields that are set as the gateway reads them: proto names, enums by name, lists repeated.
func queryOf(m protoreflect.Message) (url.Values, error) {
	query, err := url.Values{}, error(nil)
	m.Range(func(field protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		if field.Message() != nil || field.Kind() == protoreflect.BytesKind {
			err = status.Errorf(codes.Internal, "client: %s does not fit into a query", field.FullName())
			return false
		}
		name := string(field.Name())
		if !field.IsList() {
			query.Add(name, text(field, v))
			return true
		}
		for i := range v.List().Len() {
			query.Add(name, text(field, v.List().Get(i)))
		}
		return true
	})
	return query, err
}

func text(field protoreflect.FieldDescriptor, v protoreflect.Value) string {
	if field.Kind() == protoreflect.EnumKind {
		if value := field.Enum().Values().ByNumber(v.Enum()); value != nil {
			return string(value.Name())
		}
	}
	return fmt.Sprint(v.Interface())
}
