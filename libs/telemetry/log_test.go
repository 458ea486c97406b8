package telemetry_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/linlihub/linli/libs/telemetry"
)

func start(t *testing.T, cfg telemetry.Config) *telemetry.Telemetry {
	t.Helper()
	tel, err := telemetry.Start(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	return tel
}

func TestLinesCarryTheirTrace(t *testing.T) {
	var out bytes.Buffer
	tel := start(t, telemetry.Config{Service: "linli", LogFormat: "json", LogOutput: &out})
	ctx, span := tel.For("tickets").Tracer("x").Start(t.Context(), "open")
	defer span.End()
	tel.Log.With("service", "tickets").InfoContext(ctx, "opened", "n", 1)
	tel.Log.Info("outside")

	var first, second map[string]any
	decoder := json.NewDecoder(&out)
	if err := errors.Join(decoder.Decode(&first), decoder.Decode(&second)); err != nil {
		t.Fatal(err)
	}
	if first["trace_id"] != span.SpanContext().TraceID().String() || first["span_id"] != span.SpanContext().SpanID().String() ||
		first["service"] != "tickets" {
		t.Errorf("%v", first)
	}
	if second["trace_id"] != nil {
		t.Errorf("%v", second)
	}
}

type person struct {
	Name  string
	Phone string
}

type secret string

func (s secret) LogValue() slog.Value { return slog.GroupValue(slog.String("inner", string(s))) }

func TestNoPersonalNumberReachesTheLog(t *testing.T) {
	const phone = "13812345678"
	for _, format := range []string{"text", "json"} {
		t.Run(format, func(t *testing.T) {
			var out bytes.Buffer
			log := start(t, telemetry.Config{LogFormat: format, LogOutput: &out}).Log
			log.Info("call "+phone, "phone", phone, "error", fmt.Errorf("dial: %w", errors.New(phone)),
				"person", person{"王", phone}, "list", []string{phone}, "valuer", secret(phone),
				slog.Group("group", "phone", phone))
			log.With("phone", phone).WithGroup("g").Info("with", "phone", phone)
			if strings.Contains(out.String(), phone) || strings.Count(out.String(), "138****5678") != 9 {
				t.Errorf("%s", out.String())
			}
		})
	}
}

func TestOtherValuesStayAsTheyAre(t *testing.T) {
	var out bytes.Buffer
	start(t, telemetry.Config{LogFormat: "json", LogOutput: &out}).Log.Info("m", "nanoseconds", int64(13812345678), "map", map[string]int{"a": 1})
	if !strings.Contains(out.String(), `"nanoseconds":13812345678,"map":{"a":1}`) {
		t.Error(out.String())
	}
}

func TestLevels(t *testing.T) {
	var out bytes.Buffer
	log := start(t, telemetry.Config{LogLevel: "warn", LogOutput: &out}).Log
	log.Info("quiet")
	log.Warn("loud")
	if got := out.String(); strings.Contains(got, "quiet") || !strings.Contains(got, "loud") {
		t.Error(got)
	}
	for _, cfg := range []telemetry.Config{{LogLevel: "chatty"}, {LogFormat: "xml"}} {
		if _, err := telemetry.Start(t.Context(), cfg); err == nil {
			t.Errorf("%+v accepted", cfg)
		}
	}
}
