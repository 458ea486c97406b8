package telemetry

import (
	"slices"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// masked is a finished span without personal numbers. Only what a program can put words into is looked at: name,
// attributes, events (recorded errors) and the status.
type masked struct {
	sdktrace.ReadOnlySpan

	name       string
	attributes []attribute.KeyValue
	events     []sdktrace.Event
	status     sdktrace.Status
}

func (m masked) Name() string                     { return m.name }
func (m masked) Attributes() []attribute.KeyValue { return m.attributes }
func (m masked) Events() []sdktrace.Event         { return m.events }
func (m masked) Status() sdktrace.Status          { return m.status }

// maskSpan returns the span itself when there is nothing to mask, which is the rule.
func maskSpan(span sdktrace.ReadOnlySpan) sdktrace.ReadOnlySpan {
	m := masked{ReadOnlySpan: span, name: Redact(span.Name()), events: span.Events(), status: span.Status()}
	var changed, some bool
	m.attributes, changed = maskAttributes(span.Attributes())
	for i, event := range m.events {
		if event.Attributes, some = maskAttributes(event.Attributes); some {
			m.events = slices.Clone(m.events)
			m.events[i] = event
			changed = true
		}
	}
	m.status.Description = Redact(m.status.Description)
	if changed || m.name != span.Name() || m.status != span.Status() {
		return m
	}
	return span
}

func maskAttributes(all []attribute.KeyValue) (_ []attribute.KeyValue, changed bool) {
	for i, a := range all {
		value, differs := maskValue(a.Value)
		if !differs {
			continue
		}
		if !changed {
			all, changed = slices.Clone(all), true
		}
		all[i].Value = value
	}
	return all, changed
}

// maskValue masks a text; a list or map that holds a personal number becomes its masked rendering.
func maskValue(value attribute.Value) (_ attribute.Value, changed bool) {
	switch value.Type() {
	case attribute.EMPTY, attribute.BOOL, attribute.INT64, attribute.FLOAT64:
		return value, false
	default:
		text := value.String()
		clean := Redact(text)
		return attribute.StringValue(clean), clean != text
	}
}
