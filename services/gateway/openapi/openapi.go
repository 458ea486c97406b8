// Package openapi holds the OpenAPI 3.1 document of the HTTP edge, which tools/cmd/openapi derives from the protos.
package openapi

import _ "embed" // for the document

// Document is the document as GET /openapi.json answers it. Nobody may change its bytes.
//
//go:embed openapi.json
var Document []byte
