package telemetry

import (
	"context"
	"fmt"
	"io"
	"log/slog"

	"go.opentelemetry.io/otel/trace"

	"github.com/linlihub/linli/libs/telemetry/semconv"
)

// newLog writes lines in the format asked for, each masked and with the ids of the span it was written in.
func newLog(w io.Writer, level, format string) (*slog.Logger, error) {
	var least slog.Level
	if level != "" {
		if err := least.UnmarshalText([]byte(level)); err != nil {
			return nil, fmt.Errorf("log level: %w", err)
		}
	}
	options := &slog.HandlerOptions{Level: least, ReplaceAttr: redactAttr}
	switch format {
	case "", "text":
		return slog.New(traced{slog.NewTextHandler(w, options)}), nil
	case "json":
		return slog.New(traced{slog.NewJSONHandler(w, options)}), nil
	}
	return nil, fmt.Errorf("log format %q is neither text nor json", format)
}

// traced adds trace_id and span_id, so that a line leads to its trace and a trace to its lines.
type traced struct{ slog.Handler }

func (h traced) Handle(ctx context.Context, record slog.Record) error {
	if span := trace.SpanContextFromContext(ctx); span.IsValid() {
		record.AddAttrs(
			slog.String(semconv.LogTrace, span.TraceID().String()),
			slog.String(semconv.LogSpan, span.SpanID().String()))
	}
	return h.Handler.Handle(ctx, record)
}

func (h traced) WithAttrs(attrs []slog.Attr) slog.Handler { return traced{h.Handler.WithAttrs(attrs)} }

func (h traced) WithGroup(name string) slog.Handler { return traced{h.Handler.WithGroup(name)} }

// redactAttr masks texts: the message, strings, errors, and any other value whose rendering holds a personal number.
// Numbers and times stay as they are.
func redactAttr(_ []string, attr slog.Attr) slog.Attr {
	switch value := attr.Value; value.Kind() {
	case slog.KindString:
		attr.Value = slog.StringValue(Redact(value.String()))
	case slog.KindAny:
		attr.Value = redactAny(value)
	case slog.KindBool, slog.KindDuration, slog.KindFloat64, slog.KindInt64, slog.KindTime, slog.KindUint64,
		slog.KindGroup, slog.KindLogValuer: // slog itself resolves the last two
	}
	return attr
}

func redactAny(value slog.Value) slog.Value {
	switch any := value.Any().(type) {
	case *slog.Source:
		return value
	case error:
		return slog.StringValue(Redact(any.Error()))
	}
	rendered := fmt.Sprintf("%+v", value.Any())
	if masked := Redact(rendered); masked != rendered {
		return slog.StringValue(masked)
	}
	return value
}
