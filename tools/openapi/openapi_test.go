package openapi

import (
	"bytes"
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/linlihub/linli/libs/fault/faulthttp"
	_ "github.com/linlihub/linli/proto/gen/linli/dispatch/v1"
	_ "github.com/linlihub/linli/proto/gen/linli/hr/v1"
	_ "github.com/linlihub/linli/proto/gen/linli/identity/v1"
	_ "github.com/linlihub/linli/proto/gen/linli/notify/v1"
	_ "github.com/linlihub/linli/proto/gen/linli/residents/v1"
	_ "github.com/linlihub/linli/proto/gen/linli/tickets/v1"
	published "github.com/linlihub/linli/services/gateway/openapi"
	"google.golang.org/protobuf/reflect/protoregistry"
)

// compiled is the contract as the linked Go packages know it: everything but the comments.
func compiled(t *testing.T) *Contract {
	t.Helper()
	contract, err := contractOf(protoregistry.GlobalFiles)
	if err != nil {
		t.Fatal(err)
	}
	return contract
}

// The document that is committed describes the protos that are committed. Comments cannot be compared here: make
// check-fresh does that.
func TestPublishedDocumentIsOfThisContract(t *testing.T) {
	document, err := Describe(compiled(t))
	if err != nil {
		t.Fatal(err)
	}
	encoded, err := document.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(bare(t, encoded), bare(t, published.Document)); diff != "" {
		t.Errorf("openapi.json is stale, run make gen (-protos +openapi.json):\n%s", diff)
	}
}

// bare is a document without its words.
func bare(t *testing.T, raw []byte) any {
	t.Helper()
	var tree any
	if err := json.Unmarshal(raw, &tree); err != nil {
		t.Fatal(err)
	}
	return strip(tree)
}

func strip(node any) any {
	switch node := node.(type) {
	case map[string]any:
		for key, child := range node {
			if _, word := child.(string); word && (key == "description" || key == "summary") || key == "x-enumDescriptions" {
				delete(node, key)
				continue
			}
			node[key] = strip(child)
		}
	case []any:
		for i := range node {
			node[i] = strip(node[i])
		}
	}
	return node
}

func TestEveryRouteIsDescribedOnce(t *testing.T) {
	contract := compiled(t)
	document, err := Describe(contract)
	if err != nil {
		t.Fatal(err)
	}
	ids := make(map[string]string)
	for path, item := range document.Paths {
		for method, operation := range item {
			if other, twice := ids[operation.OperationID]; twice {
				t.Errorf("%s %s and %s are both %s", method, path, other, operation.OperationID)
			}
			ids[operation.OperationID] = method + " " + path
		}
	}
	for _, service := range contract.Services {
		for _, op := range service.Operations {
			if op.Method != "" && ids[op.Name] != op.Method+" "+op.Path {
				t.Errorf("%s is described at %q, routed at %s", op.Name, ids[op.Name], op.Route())
			}
		}
	}
}

func TestWhatOpeningATicketTakes(t *testing.T) {
	document, err := Describe(compiled(t))
	if err != nil {
		t.Fatal(err)
	}
	schema := document.Components.Schemas["tickets.v1.OpenRequest"]
	if diff := cmp.Diff([]string{"home_id"}, schema.Required); diff != "" {
		t.Errorf("required (-want +got):\n%s", diff)
	}
	words := property(t, schema, "words")
	if *words.MaxLength != 2000 || words.MinLength != nil {
		t.Errorf("words: %+v", words)
	}
	source := property(t, schema, "source")
	if diff := cmp.Diff([]string{"", "app", "phone", "desk", "iot", "import"}, source.Enum); diff != "" {
		t.Errorf("source (-want +got):\n%s", diff)
	}
	open := document.Paths["/v1/tickets"]["post"]
	if open.Responses["201"] == nil || open.Responses["201"].Headers["Location"] == nil || open.Responses["200"] != nil {
		t.Errorf("opening answers %v", open.Responses)
	}
	if open.Permission != "tickets:open" || open.Idempotency != "keyed" || !open.Urgent {
		t.Errorf("declared as %s, %s, urgent %t", open.Permission, open.Idempotency, open.Urgent)
	}
}

// An answer leaves nothing out, and shows an absent message as null; a request may leave out what no rule demands.
func TestBothDirectionsOfAMessage(t *testing.T) {
	document, err := Describe(compiled(t))
	if err != nil {
		t.Fatal(err)
	}
	given, answered := document.Components.Schemas["residents.v1.Home.Input"], document.Components.Schemas["residents.v1.Home"]
	if diff := cmp.Diff([]string{"id", "building_id", "number"}, given.Required); diff != "" {
		t.Errorf("given (-want +got):\n%s", diff)
	}
	if len(answered.Required) != len(answered.Properties) {
		t.Errorf("answered requires %v of %d fields", answered.Required, len(answered.Properties))
	}
	if place := property(t, answered, "place"); len(place.AnyOf) != 2 || place.AnyOf[1].Type != "null" {
		t.Errorf("place may not be null: %+v", place)
	}
	if area := property(t, given, "area_cm2"); area.Type != "string" || area.Pattern != "^[0-9]+$" {
		t.Errorf("area: %+v", area)
	}
}

func TestQueryOfAList(t *testing.T) {
	document, err := Describe(compiled(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, parameter := range document.Paths["/v1/tickets"]["get"].Parameters {
		if parameter.Name == "states" {
			if parameter.In != "query" || parameter.Schema.Items.Ref != "#/components/schemas/tickets.v1.State" || !*parameter.Explode {
				t.Errorf("states: %+v of %+v", parameter, parameter.Schema)
			}
			return
		}
	}
	t.Error("states is missing")
}

func TestWhatGuardsAnOperation(t *testing.T) {
	document, err := Describe(compiled(t))
	if err != nil {
		t.Fatal(err)
	}
	pause := document.Paths["/v1/tickets/{id}:pause"]["post"]
	if !slices.ContainsFunc(pause.Parameters, func(p *Parameter) bool { return p.Ref == "#/components/parameters/IfMatch" }) {
		t.Error("pausing does not ask for If-Match")
	}
	for _, status := range []string{"401", "403", "404", "409", "412", "422", "428", "429", "default"} {
		if pause.Responses[status] == nil {
			t.Errorf("pausing never answers %s", status)
		}
	}
	if signIn := document.Paths["/v1/sessions"]["post"]; signIn.Security == nil || len(*signIn.Security) != 0 {
		t.Error("signing in needs a token")
	}
}

// The problem that the document shows is the one that faulthttp writes.
func TestProblemIsWhatFaulthttpWrites(t *testing.T) {
	for name, pair := range map[string]struct {
		schema *Schema
		of     reflect.Type
	}{
		"problem":     {problemSchema(), reflect.TypeFor[faulthttp.Problem]()},
		"field error": {fieldErrorSchema(), reflect.TypeFor[faulthttp.FieldError]()},
	} {
		var want, required []string
		for i := range pair.of.NumField() {
			tag, options, _ := strings.Cut(pair.of.Field(i).Tag.Get("json"), ",")
			want = append(want, tag)
			if options != "omitempty" {
				required = append(required, tag)
			}
		}
		var got []string
		for _, p := range pair.schema.Properties {
			got = append(got, p.Name)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-written +described):\n%s", name, diff)
		}
		if diff := cmp.Diff(required, pair.schema.Required); diff != "" {
			t.Errorf("%s, required (-written +described):\n%s", name, diff)
		}
	}
}

func TestMatrixNamesEveryOperation(t *testing.T) {
	contract := compiled(t)
	matrix := Matrix(contract)
	for _, service := range contract.Services {
		for _, op := range service.Operations {
			if !bytes.Contains(matrix, []byte("`"+op.Name+"`")) {
				t.Errorf("the matrix does not have %s", op.Name)
			}
		}
	}
}

func property(t *testing.T, schema *Schema, name string) *Schema {
	t.Helper()
	for _, p := range schema.Properties {
		if p.Name == name {
			return p.Schema
		}
	}
	t.Fatalf("no property %s", name)
	return nil
}
