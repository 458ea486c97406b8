package openapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Describe makes the document of all routes of the contract and of those written by hand.
func Describe(contract *Contract) (*Document, error) {
	s := &schemas{components: make(map[string]*Schema)}
	document := newDocument()
	var broken error
	add := func(method, path string, operation *Operation, err error) {
		broken = errors.Join(broken, err)
		if document.Paths[path] == nil {
			document.Paths[path] = make(PathItem)
		}
		if _, twice := document.Paths[path][method]; twice {
			broken = errors.Join(broken, fmt.Errorf("%s %s is routed twice", method, path))
		}
		document.Paths[path][method] = operation
	}
	for _, service := range contract.Services {
		for _, op := range service.Operations {
			if op.Method != "" {
				operation, err := s.operation(op)
				add(op.Method, op.Path, operation, err)
			}
		}
	}
	for _, route := range byHand() {
		operation, err := route.operation(s, contract)
		add(route.method, route.path, operation, err)
	}
	if broken != nil {
		return nil, broken
	}
	maps.Copy(document.Components.Schemas, s.components)
	document.Tags = tags(document, contract)
	return document, nil
}

// Encode writes the document as indented JSON, the same bytes for the same contract.
func (d *Document) Encode() ([]byte, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(d); err != nil {
		return nil, fmt.Errorf("encode document: %w", err)
	}
	return b.Bytes(), nil
}

// tags are the services that have a route, with their comments.
func tags(document *Document, contract *Contract) []Tag {
	about := map[string]string{
		"gateway.v1.Streams":   "Streams are server-sent events with replay by Last-Event-ID.",
		"gateway.v1.Clock":     "Clock is the platform's own time.",
		"gateway.v1.Documents": "Documents describe this API.",
		"gateway.v1.Probes":    "Probes are for the machines that watch the process.",
	}
	for _, service := range contract.Services {
		about[service.Name] = service.Comment
	}
	used := make(map[string]bool)
	for _, item := range document.Paths {
		for _, operation := range item {
			used[operation.Tags[0]] = true
		}
	}
	var all []Tag
	for _, name := range slices.Sorted(maps.Keys(used)) {
		all = append(all, Tag{Name: name, Description: about[name]})
	}
	return all
}

func tagOf(operationID string) string {
	tag, _, _ := strings.Cut(operationID, "/")
	return tag
}
