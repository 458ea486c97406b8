package harness

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/linlihub/linli/libs/bus"
	"github.com/linlihub/linli/libs/host"
	"github.com/linlihub/linli/libs/telemetry/traceview"
)

// Left is what a platform has left behind of all that went through it.
type Left struct {
	Logs, Spans string
	// Records are those of Kafka, by topic; dead letters lie in topics too.
	Records map[string]string
	// Refused is how many requests were refused.
	Refused int
}

// Left gathers it. A platform that is down has left only logs.
func (p *Platform) Left() Left {
	p.t.Helper()
	left := Left{Logs: p.logs(), Records: map[string]string{}}
	p.canaries.mu.Lock()
	left.Refused = p.canaries.refused
	p.canaries.mu.Unlock()
	if broker := p.running.broker(p.t); len(broker.Brokers) > 0 {
		left.Spans = p.spans()
		err := bus.Dump(context.WithoutCancel(p.t.Context()), broker, func(topic string, record []byte) {
			left.Records[topic] += string(record) + "\n"
		})
		if err != nil {
			p.t.Errorf("read what lies on the broker: %v", err)
		}
	}
	return left
}

// sweep fails the test when something that was left tells a canary.
func (p *Platform) sweep() {
	p.t.Helper()
	if p.t.Failed() || p.codes == nil {
		return
	}
	left, codes := p.Left(), p.sent()
	texts := map[string]string{"the logs": left.Logs, "the spans": left.Spans}
	for topic, records := range left.Records {
		texts["the topic "+topic] = records
	}
	for where, text := range texts {
		if found := p.canaries.in(text, codes); found != nil {
			p.t.Errorf("%s tell %q", where, found)
		}
	}
}

func (p *Platform) logs() string {
	p.t.Helper()
	var said strings.Builder
	for _, pattern := range p.running.logs(p.t) {
		files, _ := filepath.Glob(pattern) // the patterns are well formed
		for _, name := range files {
			text, err := os.ReadFile(name)
			if err != nil {
				p.t.Error(err)
			}
			said.Write(text)
		}
	}
	return said.String()
}

// tracesEach is how many traces of each service are looked at.
const tracesEach = 300

// spans are those that are remembered: by the process itself, or by Jaeger the last of each service.
func (p *Platform) spans() (all string) {
	p.t.Helper()
	jaeger := p.running.traces(p.t)
	if jaeger == "" {
		var list struct{ Traces []traceview.Summary }
		p.read(p.URL+traceview.Path+"?format=json", &list)
		for _, trace := range list.Traces {
			all += p.fetch(p.URL + traceview.Path + "?format=json&trace=" + trace.TraceID)
		}
		return all
	}
	var services struct{ Data []string }
	p.read(jaeger+"/api/services", &services)
	for _, service := range services.Data {
		all += p.fetch(fmt.Sprintf("%s/api/traces?service=%s&limit=%d", jaeger, url.QueryEscape(service), tracesEach))
	}
	return all
}

func (p *Platform) read(address string, answer any) {
	p.t.Helper()
	if err := json.Unmarshal([]byte(p.fetch(address)), answer); err != nil {
		p.t.Fatal(err)
	}
}

func (p *Platform) fetch(address string) string {
	p.t.Helper()
	request, err := http.NewRequestWithContext(context.WithoutCancel(p.t.Context()), http.MethodGet, address, nil) // the test may be over
	if err != nil {
		p.t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		p.t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	return string(body)
}

func (e *embedded) log() string { return filepath.Join(e.dir, "log") }

func (e *embedded) logs(testing.TB) []string { return []string{e.log()} }

func (e *embedded) broker(t testing.TB) bus.Config {
	t.Helper()
	if e.process == nil {
		return bus.Config{}
	}
	cfg := bus.Config{Brokers: e.process.Config.Brokers, Company: e.process.Config.Company}
	if err := host.BusAccess(&cfg, e.process.Config.BrokersDir, e.process.Config.BrokersLogin); err != nil {
		t.Fatal(err)
	}
	return cfg
}

func (s *split) logs(testing.TB) []string {
	return []string{filepath.Join(s.dir, "*", "log"), filepath.Join(s.servers.dir, "servers", "*", "log")}
}

func (s *split) broker(testing.TB) bus.Config {
	return bus.Config{Brokers: []string{fmt.Sprintf("127.0.0.1:%d", s.servers.port)}, Company: s.company}
}

// logs are those of the pods that run, and of the servers; the files lie on the nodes, whose disks are folders here.
func (c *cluster) logs(t testing.TB) (patterns []string) {
	t.Helper()
	for _, disk := range strings.Fields(c.release(t, "disks")) {
		for _, space := range []string{c.company, "parts"} {
			patterns = append(patterns, filepath.Join(disk, "log", "pods", space+"_*", "*", "*.log"))
		}
	}
	return patterns
}

// broker is asked at a node, from which it can be reached without the names of the cluster.
func (c *cluster) broker(t testing.TB) bus.Config {
	t.Helper()
	return bus.Config{Brokers: []string{strings.Fields(c.release(t, "hosts"))[0] + ":" + kafkaNodePort}, Company: c.company}
}
