package harness

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/linlihub/linli/libs/telemetry/traceview"
)

// Trace answers what is known of a trace: one process tells of its own, several send theirs to Jaeger.
func (p *Platform) Trace(id string) (found traceview.Trace, err error) {
	p.t.Helper()
	jaeger := p.running.traces(p.t)
	if jaeger == "" {
		err = p.ask(p.URL+traceview.Path+"?format=json&trace="+id, &found)
		return found, err
	}
	var answer struct{ Data []jaegerTrace }
	if err := p.ask(jaeger+"/api/traces/"+id, &answer); err != nil || len(answer.Data) != 1 {
		return found, fmt.Errorf("trace %s: %d found, %w", id, len(answer.Data), err)
	}
	return answer.Data[0].trace(), nil
}

func (p *Platform) ask(url string, answer any) error {
	request, err := http.NewRequestWithContext(p.Context(), http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answers %s", url, response.Status)
	}
	return json.NewDecoder(response.Body).Decode(answer)
}

// jaegerTrace is how Jaeger's API tells a trace.
type jaegerTrace struct {
	Spans     []jaegerSpan
	Processes map[string]struct{ ServiceName string }
}

type jaegerSpan struct {
	TraceID, SpanID, OperationName, ProcessID string

	References []struct{ RefType, TraceID, SpanID string }
	StartTime  int64 // in microseconds
	Tags       []struct {
		Key   string
		Value any
	}
}

func (j jaegerTrace) trace() (t traceview.Trace) {
	for _, from := range j.Spans {
		s := traceview.Span{
			TraceID: from.TraceID, SpanID: from.SpanID, Name: from.OperationName, Service: j.Processes[from.ProcessID].ServiceName,
			Start: time.UnixMicro(from.StartTime), Attributes: map[string]string{},
		}
		for _, r := range from.References { // a message is told as followed, not as a child
			if r.TraceID == s.TraceID && s.ParentID == "" {
				s.ParentID = r.SpanID
			}
			if r.RefType == "FOLLOWS_FROM" {
				s.Links = append(s.Links, traceview.Link{TraceID: r.TraceID, SpanID: r.SpanID})
			}
		}
		for _, tag := range from.Tags {
			s.Attributes[tag.Key] = fmt.Sprint(tag.Value)
		}
		s.Kind = strings.ToLower(s.Attributes["span.kind"])
		t.Spans = append(t.Spans, s)
	}
	return t
}
