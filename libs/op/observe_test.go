package op_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/linlihub/linli/libs/fault"
	"github.com/linlihub/linli/libs/telemetry/semconv"
	ticketsv1 "github.com/linlihub/linli/proto/gen/linli/tickets/v1"
)

func TestAPanicIsOurMistakeAndTellsNothing(t *testing.T) {
	each(t, func(t *testing.T, p *platform) {
		p.desk.get = func(_ context.Context, req *ticketsv1.GetRequest) (*ticketsv1.Ticket, error) {
			if req.GetId() == "bad" {
				panic("index of 秘密 out of range")
			}
			return &ticketsv1.Ticket{}, nil
		}
		_, err := p.tickets().Get(p.as(t, resident), &ticketsv1.GetRequest{Id: "bad"})
		report := fault.ReportOf(err)
		if !errors.Is(err, fault.Internal) || len(report.Meta) > 0 || report.EN != fault.Internal.Title(fault.EN) {
			t.Errorf("the caller is told %+v", report)
		}
		if strings.Contains(err.Error(), "秘密") || strings.Contains(err.Error(), "observe_test.go") {
			t.Errorf("a detail leaves the service: %v", err)
		}
		if log := p.log.String(); !strings.Contains(log, "秘密") || !strings.Contains(log, "observe_test.go") || !strings.Contains(log, "level=ERROR") {
			t.Errorf("the log does not say where: %s", log)
		}
		if _, err := p.tickets().Get(p.as(t, resident), &ticketsv1.GetRequest{Id: "good"}); err != nil {
			t.Errorf("the next one: %v", err)
		}
	})
}

// TestASpanOnEachSide: one name, the server's a child of the client's; a refusal is a right answer, an outage is red.
func TestASpanOnEachSide(t *testing.T) {
	each(t, func(t *testing.T, p *platform) {
		var answer error
		p.desk.get = func(context.Context, *ticketsv1.GetRequest) (*ticketsv1.Ticket, error) {
			return &ticketsv1.Ticket{}, answer
		}
		for _, c := range []struct {
			answer error
			code   string
			status codes.Code
		}{
			{nil, "", codes.Unset},
			{fault.NotFound, "not_found", codes.Unset},
			{fault.Timeout, "timeout", codes.Error},
			{context.Canceled, "canceled", codes.Unset},
			{errors.New("nobody classified it"), "internal", codes.Error},
		} {
			p.spans.Reset()
			answer = c.answer
			_, err := p.tickets().Get(p.as(t, resident), &ticketsv1.GetRequest{Id: "t"})
			if (err != nil) != (c.answer != nil) {
				t.Fatal(err)
			}
			ended := p.spans.Ended()
			if len(ended) != 2 {
				t.Fatalf("%d spans", len(ended))
			}
			server, client := ended[0], ended[1]
			if server.SpanKind() != trace.SpanKindServer || client.SpanKind() != trace.SpanKindClient ||
				server.Parent().SpanID() != client.SpanContext().SpanID() || server.SpanContext().TraceID() != client.SpanContext().TraceID() {
				t.Errorf("%v is not the server's below %v", server, client)
			}
			for _, span := range []sdktrace.ReadOnlySpan{server, client} {
				if span.Name() != "tickets.v1.Tickets/Get" || valueOf(span, semconv.Fault) != c.code || span.Status().Code != c.status {
					t.Errorf("%v: %s %s, code %q, status %v", c.answer, span.SpanKind(), span.Name(), valueOf(span, semconv.Fault), span.Status())
				}
			}
		}
	})
}

func valueOf(span sdktrace.ReadOnlySpan, key string) string {
	for _, a := range span.Attributes() {
		if a.Key == attribute.Key(key) {
			return a.Value.AsString()
		}
	}
	return ""
}

// TestEveryOperationIsCounted on both sides, by operation and code, and leaves one line in the log that holds no request.
func TestEveryOperationIsCounted(t *testing.T) {
	each(t, func(t *testing.T, p *platform) {
		p.desk.open = func(_ context.Context, req *ticketsv1.OpenRequest) (*ticketsv1.Ticket, error) {
			if req.GetHomeId() == "foreign" {
				return nil, fault.NotFound
			}
			return &ticketsv1.Ticket{}, nil
		}
		for _, home := range []string{"own", "own", "foreign"} {
			_, err := p.tickets().Open(p.as(t, resident), &ticketsv1.OpenRequest{HomeId: home, Words: "我家在三楼"})
			if (err != nil) != (home == "foreign") {
				t.Fatal(err)
			}
		}
		for _, metric := range []string{semconv.OpHandled, semconv.OpCalled} {
			counts := map[string]uint64{}
			families, err := p.registry.Gather()
			if err != nil {
				t.Fatal(err)
			}
			for _, family := range families {
				for _, m := range family.GetMetric() {
					if family.GetName() == metric {
						counts[m.GetLabel()[0].GetValue()+" "+m.GetLabel()[1].GetValue()] = m.GetHistogram().GetSampleCount()
					}
				}
			}
			if len(counts) != 2 || counts["ok tickets.v1.Tickets/Open"] != 2 || counts["not_found tickets.v1.Tickets/Open"] != 1 {
				t.Errorf("%s: %v", metric, counts)
			}
		}
		log := p.log.String()
		if strings.Count(log, "msg=operation") != 3 || strings.Contains(log, "三楼") {
			t.Errorf("the log is %s", log)
		}
	})
}
