// Package openapi derives the OpenAPI 3.1 document and the permission matrix of the HTTP edge from the protos: routes,
// permissions, constraints and comments are declared there and nowhere else.
package openapi

import (
	"bytes"
	"encoding/json"
)

// Document is an OpenAPI 3.1 document, as far as this API needs one.
type Document struct {
	OpenAPI    string              `json:"openapi"`
	Info       Info                `json:"info"`
	Servers    []Server            `json:"servers"`
	Security   []map[string][]any  `json:"security"`
	Tags       []Tag               `json:"tags"`
	Paths      map[string]PathItem `json:"paths"`
	Components Components          `json:"components"`
}

// Info says what the API is and where it comes from.
type Info struct {
	Title       string            `json:"title"`
	Version     string            `json:"version"`
	Summary     string            `json:"summary"`
	Description string            `json:"description"`
	Contact     map[string]string `json:"contact"`
}

// Server is a base address.
type Server struct {
	URL         string `json:"url"`
	Description string `json:"description"`
}

// Tag is one service.
type Tag struct {
	Name        string `json:"name"`
	Description string `json:"description,omitempty"`
}

// PathItem maps a lower-case HTTP method to its operation.
type PathItem map[string]*Operation

// Operation is one route.
type Operation struct {
	Tags        []string             `json:"tags"`
	Summary     string               `json:"summary"`
	Description string               `json:"description"`
	OperationID string               `json:"operationId"`
	Parameters  []*Parameter         `json:"parameters,omitempty"`
	RequestBody *Body                `json:"requestBody,omitempty"`
	Responses   map[string]*Response `json:"responses"`
	// Security is nil to inherit the document's, empty for a public operation.
	Security *[]map[string][]any `json:"security,omitempty"`

	Permission  string `json:"x-linli-permission"`
	Idempotency string `json:"x-linli-idempotency"`
	Urgent      bool   `json:"x-linli-urgent,omitempty"`
	Reveals     bool   `json:"x-linli-reveals,omitempty"`
}

// Parameter is a path, query or header parameter, or a reference to a shared one.
type Parameter struct {
	Ref         string  `json:"$ref,omitempty"`
	Name        string  `json:"name,omitempty"`
	In          string  `json:"in,omitempty"`
	Description string  `json:"description,omitempty"`
	Required    bool    `json:"required,omitempty"`
	Explode     *bool   `json:"explode,omitempty"`
	Schema      *Schema `json:"schema,omitempty"`
}

// Body is a request body by media type.
type Body struct {
	Description string               `json:"description,omitempty"`
	Required    bool                 `json:"required,omitempty"`
	Content     map[string]MediaType `json:"content"`
}

// MediaType is one representation.
type MediaType struct {
	Schema *Schema `json:"schema"`
}

// Response is one answer, or a reference to a shared one.
type Response struct {
	Ref         string               `json:"$ref,omitempty"`
	Description string               `json:"description,omitempty"`
	Headers     map[string]*Header   `json:"headers,omitempty"`
	Content     map[string]MediaType `json:"content,omitempty"`
}

// Header is a response header, or a reference to a shared one.
type Header struct {
	Ref         string  `json:"$ref,omitempty"`
	Description string  `json:"description,omitempty"`
	Schema      *Schema `json:"schema,omitempty"`
}

// Components are the shared parts.
type Components struct {
	SecuritySchemes map[string]map[string]string `json:"securitySchemes"`
	Parameters      map[string]*Parameter        `json:"parameters"`
	Headers         map[string]*Header           `json:"headers"`
	Responses       map[string]*Response         `json:"responses"`
	Schemas         map[string]*Schema           `json:"schemas"`
}

// Schema is a JSON Schema 2020-12, as far as protojson needs one.
type Schema struct {
	Ref                  string            `json:"$ref,omitempty"`
	Type                 any               `json:"type,omitempty"`
	Format               string            `json:"format,omitempty"`
	Description          string            `json:"description,omitempty"`
	Enum                 []string          `json:"enum,omitempty"`
	EnumDescriptions     map[string]string `json:"x-enumDescriptions,omitempty"`
	AnyOf                []*Schema         `json:"anyOf,omitempty"`
	Properties           Properties        `json:"properties,omitempty"`
	Required             []string          `json:"required,omitempty"`
	AdditionalProperties *Schema           `json:"additionalProperties,omitempty"`
	Items                *Schema           `json:"items,omitempty"`
	MinItems             *uint64           `json:"minItems,omitempty"`
	MaxItems             *uint64           `json:"maxItems,omitempty"`
	UniqueItems          bool              `json:"uniqueItems,omitempty"`
	Minimum              *float64          `json:"minimum,omitempty"`
	Maximum              *float64          `json:"maximum,omitempty"`
	ExclusiveMinimum     *float64          `json:"exclusiveMinimum,omitempty"`
	ExclusiveMaximum     *float64          `json:"exclusiveMaximum,omitempty"`
	MinLength            *uint64           `json:"minLength,omitempty"`
	MaxLength            *uint64           `json:"maxLength,omitempty"`
	Pattern              string            `json:"pattern,omitempty"`
	ContentEncoding      string            `json:"contentEncoding,omitempty"`
	ContentMediaType     string            `json:"contentMediaType,omitempty"`
	Personal             string            `json:"x-linli-personal,omitempty"`
}

// Properties are an object's fields in the order of the proto, which is the order of reading.
type Properties []Property

// Property is one named field.
type Property struct {
	Name   string
	Schema *Schema
}

// MarshalJSON writes an object that keeps the order.
func (p Properties) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, property := range p {
		if i > 0 {
			b.WriteByte(',')
		}
		name, err := json.Marshal(property.Name)
		if err != nil {
			return nil, err
		}
		schema, err := json.Marshal(property.Schema)
		if err != nil {
			return nil, err
		}
		b.Write(name)
		b.WriteByte(':')
		b.Write(schema)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}
