package openapi

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	opv1 "github.com/linlihub/linli/proto/gen/linli/op/v1"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// created lists the operations that answer 201 and where the new thing is; every other success is a 200.
var created = map[string]string{
	"tickets.v1.Photos/Upload": "/v1/photos/{id}",
	"tickets.v1.Tickets/Open":  "/v1/tickets/{id}",
}

var pathField = regexp.MustCompile(`\{([a-z0-9_]+)\}`)

// operation makes the document's operation of an rpc that has a route.
func (s *schemas) operation(op Op) (*Operation, error) {
	if op.Options.GetPermission() == "internal" {
		return nil, fmt.Errorf("%s: an internal operation has no route", op.Name)
	}
	operation := describe(op)
	inPath := s.pathParameters(operation, op)
	if op.WholeBody {
		operation.RequestBody = s.body(op, inPath)
	} else {
		s.queryParameters(operation, op, inPath)
	}
	operation.Parameters = append(operation.Parameters, headersOf(op)...)
	operation.Responses = problems(op)
	succeed(operation, op, s.success(op))
	return operation, s.err
}

// describe fills what every operation has, whether its route is the gateway's or written by hand.
func describe(op Op) *Operation {
	operation := &Operation{
		Tags: []string{op.Tag}, OperationID: op.Name,
		Summary: summary(op), Description: op.Comment,
		Permission: op.Options.GetPermission(),
		Idempotency: strings.ToLower(strings.TrimPrefix(
			op.Options.GetIdempotency().String(), "IDEMPOTENCY_")),
		Urgent: op.Options.GetUrgent(), Reveals: op.Options.GetReveals(),
	}
	if operation.Description == "" {
		operation.Description = operation.Summary + "."
	}
	if isPublic(op) {
		operation.Security = &[]map[string][]any{}
	}
	return operation
}

func isPublic(op Op) bool { return op.Options.GetPermission() == "public" }

var sentenceEnd = regexp.MustCompile(`[.:;](\s|$)`)

// summary is the first sentence of the comment, or says what the operation answers.
func summary(op Op) string {
	if end := sentenceEnd.FindStringIndex(op.Comment); end != nil {
		return op.Comment[:end[0]]
	}
	if op.Comment != "" {
		return op.Comment
	}
	return fmt.Sprintf("%s answers %s", op.Descriptor.Name(), op.Descriptor.Output().Name())
}

func (s *schemas) pathParameters(operation *Operation, op Op) (names []string) {
	for _, match := range pathField.FindAllStringSubmatch(op.Path, -1) {
		names = append(names, match[1])
		field := op.Descriptor.Input().Fields().ByName(protoreflect.Name(match[1]))
		if field == nil {
			s.fail(op.Descriptor.FullName(), fmt.Errorf("path names %s, which the request does not have", match[1]))
			continue
		}
		parameter := s.parameter(field, "path")
		parameter.Required = true
		parameter.Schema.MinLength = proto.Uint64(1)
		operation.Parameters = append(operation.Parameters, parameter)
	}
	return names
}

func (s *schemas) queryParameters(operation *Operation, op Op, inPath []string) {
	fields := op.Descriptor.Input().Fields()
	for i := range fields.Len() {
		field := fields.Get(i)
		if slices.Contains(inPath, string(field.Name())) {
			continue
		}
		parameter := s.parameter(field, "query")
		parameter.Required = demands(rulesOf(field))
		if field.IsList() {
			parameter.Explode = proto.Bool(true)
		}
		operation.Parameters = append(operation.Parameters, parameter)
	}
}

// parameter moves the field's comment from its schema to the parameter.
func (s *schemas) parameter(field protoreflect.FieldDescriptor, in string) *Parameter {
	schema := s.field(field, request)
	parameter := &Parameter{Name: string(field.Name()), In: in, Description: schema.Description, Schema: schema}
	schema.Description = ""
	if parameter.Description == "" {
		parameter.Description = "The " + strings.ReplaceAll(parameter.Name, "_", " ") + "."
	}
	return parameter
}

// body is the request message without what the path already says; an operation that needs nothing more has none.
func (s *schemas) body(op Op, inPath []string) *Body {
	schema := s.message(op.Descriptor.Input(), request, inPath...)
	made := s.components[strings.TrimPrefix(schema.Ref, "#/components/schemas/")]
	if len(made.Properties) == 0 {
		delete(s.components, strings.TrimPrefix(schema.Ref, "#/components/schemas/"))
		return nil
	}
	return &Body{
		Required: len(made.Required) > 0,
		Content:  map[string]MediaType{"application/json": {Schema: schema}},
	}
}

func headersOf(op Op) []*Parameter {
	headers := []*Parameter{{Ref: "#/components/parameters/AcceptLanguage"}}
	if op.Options.GetIdempotency() == opv1.Idempotency_IDEMPOTENCY_KEYED {
		headers = append(headers, &Parameter{Ref: "#/components/parameters/IdempotencyKey"})
	}
	if op.Options.GetIfMatch() {
		headers = append(headers, &Parameter{Ref: "#/components/parameters/IfMatch"})
	}
	return headers
}

// success is the answer of an operation that went well.
func (s *schemas) success(op Op) *Response {
	output := op.Descriptor.Output()
	success := &Response{
		Description: comment(output),
		Headers:     commonHeaders(),
		Content:     map[string]MediaType{"application/json": {Schema: s.message(output, answer)}},
	}
	if output.FullName() == "google.protobuf.Empty" || success.Description == "" {
		success.Description = "Done."
	}
	if output.Fields().ByName("etag") != nil {
		success.Headers["ETag"] = &Header{Ref: "#/components/headers/ETag"}
	}
	return success
}

// succeed adds the answer of success under the status with which it comes.
func succeed(operation *Operation, op Op, success *Response) {
	place, isNew := created[op.Name]
	if !isNew {
		operation.Responses["200"] = success
		return
	}
	success.Headers["Location"] = &Header{Description: "Where the new thing is: `" + place + "`.", Schema: &Schema{Type: "string", Format: "uri-reference"}}
	operation.Responses["201"] = success
}

// problems are the answers other than success that the declaration of an operation implies. The others fall under default.
func problems(op Op) map[string]*Response {
	implied := map[string]string{"400": "Invalid", "429": "Exhausted", "default": "Problem"}
	if !isPublic(op) {
		implied["401"], implied["403"] = "Unauthenticated", "Denied"
	}
	if op.Path != "" && strings.Contains(op.Path, "{") {
		implied["404"] = "NotFound"
	}
	if op.Options.GetIdempotency() == opv1.Idempotency_IDEMPOTENCY_KEYED {
		implied["409"], implied["422"] = "Conflict", "Unprocessable"
	}
	if op.Options.GetIfMatch() {
		implied["412"], implied["428"] = "Stale", "Required"
	}
	if op.Method == "post" {
		implied["413"] = "TooLarge"
	}
	responses := make(map[string]*Response)
	for status, name := range implied {
		responses[status] = &Response{Ref: "#/components/responses/" + name}
	}
	return responses
}

// commonHeaders come with every answer.
func commonHeaders() map[string]*Header {
	headers := make(map[string]*Header)
	for _, name := range []string{"RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset", "Trace-Id"} {
		headers[name] = &Header{Ref: "#/components/headers/" + name}
	}
	return headers
}
