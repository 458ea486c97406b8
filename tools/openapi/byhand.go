package openapi

import (
	"cmp"

	opv1 "github.com/linlihub/linli/proto/gen/linli/op/v1"
	"google.golang.org/protobuf/proto"
)

// byHand are the routes that the gateway answers itself, because they do not carry JSON in both directions. This is the
// only list of them.
func byHand() []handRoute {
	return []handRoute{
		{
			method: "get", path: "/v1/tickets/{id}/events", id: "gateway.v1.Streams/Ticket", rpc: "notify.v1.Feeds/List", permission: "tickets:read",
			comment: "Ticket streams what happens to one ticket as server-sent events; while the technician is on the way also `event: position`, without an id, as dispatch.v1.Position.",
			answer:  eventStream,
		},
		{
			method: "get", path: "/v1/me/events", id: "gateway.v1.Streams/Me", rpc: "notify.v1.Feeds/List",
			comment: "Me streams the caller's own notices 通知 as server-sent events.",
			answer:  eventStream,
		},
		{
			method: "get", path: "/v1/districts/{id}/events", id: "gateway.v1.Streams/District", rpc: "notify.v1.Feeds/List", permission: "dispatch:read_board",
			comment: "District streams what happens in a district 片区 as server-sent events; for staff of that district.",
			answer:  eventStream,
		},
		{
			method: "post", path: "/v1/photos", id: "tickets.v1.Photos/Upload", rpc: "tickets.v1.Photos/Upload",
			body:   []string{"image/jpeg", "image/png"},
			answer: func(s *schemas, op Op) *Response { return s.jsonAnswer(op) },
		},
		{
			method: "get", path: "/v1/photos/{id}", id: "tickets.v1.Photos/Download", rpc: "tickets.v1.Photos/Download",
			answer: binaryAnswer("The picture.", "image/jpeg", "image/png"),
		},
		{
			method: "get", path: "/v1/clock", id: "gateway.v1.Clock/Get",
			comment: "Get tells the platform's own time, and how fast it runs: 1 but for a demonstration.",
			answer:  answerIn("application/json", "The clock.", clockSchema()),
		},
		{
			method: "get", path: "/.well-known/jwks.json", id: "identity.v1.Keys/List", rpc: "identity.v1.Keys/List",
			answer: answerIn("application/jwk-set+json", "The JSON Web Key Set (RFC 7517).", &Schema{Type: "object"}),
		},
		{
			method: "get", path: "/openapi.json", id: "gateway.v1.Documents/OpenAPI",
			comment: "OpenAPI answers this document.",
			answer:  answerIn("application/json", "This document.", &Schema{Type: "object"}),
		},
		{
			method: "get", path: "/healthz", id: "gateway.v1.Probes/Health",
			comment: "Health answers while the process lives; it asks no other part.",
			answer:  textAnswer("Alive."),
		},
		{
			method: "get", path: "/readyz", id: "gateway.v1.Probes/Ready",
			comment: "Ready answers 200 when every unit of the process is ready, else 503.",
			answer:  textAnswer("Ready."),
		},
	}
}

type handRoute struct {
	method, path, id string
	rpc              string // whose declaration it shares; empty for a public route
	permission       string // the rpc's own when empty
	comment          string // the rpc's own when empty
	body             []string
	answer           func(*schemas, Op) *Response
}

// operation makes the document's operation of a hand-made route.
func (r handRoute) operation(s *schemas, contract *Contract) (*Operation, error) {
	op := Op{Options: &opv1.Operation{Permission: "public", Idempotency: opv1.Idempotency_IDEMPOTENCY_SAFE}}
	if r.rpc != "" {
		var err error
		if op, err = contract.find(r.rpc); err != nil {
			return nil, err
		}
	}
	op.Name, op.Method, op.Path, op.Tag = r.id, r.method, r.path, tagOf(r.id)
	if r.comment != "" {
		op.Comment = r.comment
	}
	operation := describe(op)
	operation.Permission = cmp.Or(r.permission, operation.Permission)
	for _, match := range pathField.FindAllStringSubmatch(r.path, -1) {
		operation.Parameters = append(operation.Parameters, &Parameter{
			Name: match[1], In: "path", Required: true, Description: "The " + match[1] + ".",
			Schema: &Schema{Type: "string", MinLength: proto.Uint64(1), MaxLength: proto.Uint64(64)},
		})
	}
	operation.Parameters = append(operation.Parameters, headersOf(op)...)
	if len(r.body) > 0 {
		operation.RequestBody = &Body{Description: "The raw bytes, at most 5 MiB.", Required: true, Content: raw(r.body...)}
	}
	operation.Responses = problems(op)
	succeed(operation, op, r.answer(s, op))
	if tagOf(r.id) == "gateway.v1.Streams" {
		asStream(operation)
	}
	return operation, s.err
}

// asStream adds what only a stream takes. EventSource cannot send headers, so the token and the last id may be in the query.
func asStream(operation *Operation) {
	operation.Security = &[]map[string][]any{{"bearer": {}}, {"streamToken": {}}}
	operation.Parameters = append(operation.Parameters,
		&Parameter{Ref: "#/components/parameters/LastEventID"}, &Parameter{Ref: "#/components/parameters/LastEventIDQuery"})
}

func eventStream(s *schemas, op Op) *Response {
	entry := s.message(op.Descriptor.Output().Fields().ByName("entries").Message(), answer)
	return &Response{
		Description: "A stream that lasts about as long as its token: come back with a fresh one and the last id. Each message: `id:` the sequence number, `event:` the entry's type, `data:` one notify.v1.Entry in JSON. A comment every 15 s keeps it open. A Last-Event-ID beyond the end of the feed, as after a backup was restored, is answered with `event: reset`: read anew what you show; the stream goes on like that of one who has seen nothing yet.",
		Headers:     commonHeaders(),
		Content:     map[string]MediaType{"text/event-stream": {Schema: &Schema{Type: "string", ContentMediaType: "application/json", Description: "Lines of `data:` hold " + entry.Ref + "."}}},
	}
}

func (s *schemas) jsonAnswer(op Op) *Response {
	return answerIn("application/json", "Stored.", s.message(op.Descriptor.Output(), answer))(s, op)
}

func answerIn(media, description string, schema *Schema) func(*schemas, Op) *Response {
	return func(*schemas, Op) *Response {
		return &Response{Description: description, Headers: commonHeaders(), Content: map[string]MediaType{media: {Schema: schema}}}
	}
}

func binaryAnswer(description string, media ...string) func(*schemas, Op) *Response {
	return func(*schemas, Op) *Response {
		return &Response{Description: description, Headers: commonHeaders(), Content: raw(media...)}
	}
}

func textAnswer(description string) func(*schemas, Op) *Response {
	return func(*schemas, Op) *Response {
		return &Response{Description: description, Content: map[string]MediaType{"text/plain": {Schema: &Schema{Type: "string"}}}}
	}
}

func raw(media ...string) map[string]MediaType {
	content := make(map[string]MediaType)
	for _, m := range media {
		content[m] = MediaType{Schema: &Schema{Type: "string", ContentMediaType: m}}
	}
	return content
}

func clockSchema() *Schema {
	return &Schema{
		Type: "object", Required: []string{"now", "speed"},
		Properties: Properties{
			{"now", &Schema{Type: "string", Format: "date-time", Description: "Domain time."}},
			{"speed", &Schema{Type: "number", Format: "double", Description: "Domain seconds in a second of the wall clock."}},
		},
	}
}
