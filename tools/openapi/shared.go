package openapi

import "google.golang.org/protobuf/proto"

const description = `邻里 Linli: one property company's services for residents, technicians and staff.

* JSON fields are snake_case as in the protos; 64-bit integers are strings; times are RFC 3339; enums are their names. An answer leaves no field out.
* An answer that is not a success is ` + "`application/problem+json`" + ` (RFC 9457) with a stable ` + "`code`" + `: decide by it, never by the words. Words are 中文 unless Accept-Language prefers English.
* Send an ` + "`Idempotency-Key`" + ` with whatever must happen once: the same key with the same body answers the same for 24 hours.
* An unknown id and a foreign one answer alike.`

// newDocument holds what does not depend on the protos.
func newDocument() *Document {
	return &Document{
		OpenAPI: "3.1.0",
		Info: Info{
			Title: "Linli 邻里", Version: "1.0.0",
			Summary:     "Property services, from the tap to the rating.",
			Description: description,
			Contact:     map[string]string{"name": "Linli", "url": "https://github.com/linlihub/linli"},
		},
		Servers:  []Server{{URL: "/", Description: "The gateway that served this document."}},
		Security: []map[string][]any{{"bearer": {}}},
		Paths:    make(map[string]PathItem),
		Components: Components{
			SecuritySchemes: map[string]map[string]string{
				"bearer":      {"type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": "The access_token of a session."},
				"streamToken": {"type": "apiKey", "in": "query", "name": "access_token", "description": "The same token, on streams only: EventSource cannot send headers."},
			},
			Parameters: sharedParameters(),
			Headers:    sharedHeaders(),
			Responses:  sharedResponses(),
			Schemas:    map[string]*Schema{"Problem": problemSchema(), "Problem.FieldError": fieldErrorSchema()},
		},
	}
}

func sharedParameters() map[string]*Parameter {
	return map[string]*Parameter{
		"AcceptLanguage": {
			Name: "Accept-Language", In: "header", Description: "zh-CN (the default) or en.", Schema: &Schema{Type: "string"},
		},
		"IdempotencyKey": {
			Name: "Idempotency-Key", In: "header", Description: "A new random value for every thing that shall happen once; a retry repeats it.",
			Schema: &Schema{Type: "string", MinLength: proto.Uint64(1), MaxLength: proto.Uint64(128)},
		},
		"IfMatch": {
			Name: "If-Match", In: "header", Required: true, Description: "The etag of the state that the caller has seen, in quotes.",
			Schema: &Schema{Type: "string"},
		},
		"LastEventID": {
			Name: "Last-Event-ID", In: "header", Description: "Replays what came after this message.", Schema: &Schema{Type: "string", Pattern: "^[0-9]*$"},
		},
		"LastEventIDQuery": {
			Name: "last_event_id", In: "query", Description: "Last-Event-ID for the first connection of an EventSource.", Schema: &Schema{Type: "string", Pattern: "^[0-9]*$"},
		},
	}
}

func sharedHeaders() map[string]*Header {
	count := &Schema{Type: "integer"}
	return map[string]*Header{
		"ETag":                {Description: "The version of the answered thing, for If-Match.", Schema: &Schema{Type: "string"}},
		"RateLimit-Limit":     {Description: "Requests in a window.", Schema: count},
		"RateLimit-Remaining": {Description: "Requests left in the present window.", Schema: count},
		"RateLimit-Reset":     {Description: "Seconds until the window begins anew.", Schema: count},
		"Trace-Id":            {Description: "What to quote when asking for help.", Schema: &Schema{Type: "string"}},
		"Retry-After":         {Description: "Seconds to wait before the next try.", Schema: count},
	}
}

// sharedResponses are the kinds of fault as HTTP shows them.
func sharedResponses() map[string]*Response {
	responses := make(map[string]*Response)
	for name, text := range map[string]string{
		"Problem":         "Anything else that is not a success.",
		"Invalid":         "The request is malformed; `errors` names the fields.",
		"Unauthenticated": "No token, or one that lapsed.",
		"Denied":          "The caller's role does not hold the permission.",
		"NotFound":        "Unknown, or not the caller's: the two answer alike.",
		"Conflict":        "The state of the thing forbids it, or the same Idempotency-Key is still at work.",
		"Stale":           "It changed since the caller read it.",
		"TooLarge":        "The body is larger than the platform takes.",
		"Unprocessable":   "Well formed, yet it cannot be done; among others an Idempotency-Key that was used for another body.",
		"Required":        "If-Match is missing.",
		"Exhausted":       "Too many requests.",
	} {
		responses[name] = &Response{
			Description: text,
			Content:     map[string]MediaType{"application/problem+json": {Schema: &Schema{Ref: "#/components/schemas/Problem"}}},
		}
	}
	responses["Exhausted"].Headers = commonHeaders()
	responses["Exhausted"].Headers["Retry-After"] = &Header{Ref: "#/components/headers/Retry-After"}
	return responses
}

// problemSchema is faulthttp.Problem; a test compares the two.
func problemSchema() *Schema {
	return &Schema{
		Type: "object", Description: "A problem (RFC 9457).",
		Required: []string{"type", "title", "status", "detail", "code"},
		Properties: Properties{
			{"type", &Schema{Type: "string", Format: "uri", Description: "urn:linli:problem: and the code."}},
			{"title", &Schema{Type: "string", Description: "The kind of problem, for people."}},
			{"status", &Schema{Type: "integer", Description: "The HTTP status."}},
			{"detail", &Schema{Type: "string", Description: "What happened, for people."}},
			{"code", &Schema{Type: "string", Description: "What happened, for programs; never changes its meaning."}},
			{"instance", &Schema{Type: "string", Format: "uri-reference", Description: "The path of the request."}},
			{"trace_id", &Schema{Type: "string", Description: "What to quote when asking for help."}},
			{"values", &Schema{Type: "object", Description: "Facts of the case, by name.", AdditionalProperties: &Schema{Type: "string"}}},
			{"errors", &Schema{Type: "array", Description: "Fields that are wrong.", Items: &Schema{Ref: "#/components/schemas/Problem.FieldError"}}},
		},
	}
}

func fieldErrorSchema() *Schema {
	return &Schema{
		Type: "object", Required: []string{"field", "detail"},
		Properties: Properties{
			{"field", &Schema{Type: "string", Description: "The path of the field in the request."}},
			{"detail", &Schema{Type: "string", Description: "What is wrong with it, for people."}},
		},
	}
}
