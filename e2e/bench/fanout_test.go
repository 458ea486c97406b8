package bench

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"
)

// BenchmarkFanOut lets many consoles watch the same districts while tickets are opened, and measures from the instant at which
// a ticket should have been sent until each of them is told that it is open: the commit, the hop, the commit of the feed and
// the push to all. Bare connections in the process of the load are the consoles, and share the machine.
func BenchmarkFanOut(b *testing.B) {
	d := time.Duration(setting(b, "LINLI_BENCH_SECONDS", 60)) * time.Second
	s := serve(b, b.TempDir(), lavish...)
	c := s.settle(b)
	consoles := watch(b, s, c.manager, setting(b, "LINLI_BENCH_STREAMS", 10_000))
	// Whoever watches is told twice of each ticket: it is open, it is assigned.
	rate := setting(b, "LINLI_BENCH_MESSAGES", 20_000) * districts / len(consoles) / 2
	run := &run{server: s, community: c, opened: map[string]time.Time{}, created: &sample{}}
	began := time.Now()
	openLoop(b.Context(), rate, d, func(ctx context.Context, n int, due time.Time) { run.send(ctx, b, n, due) })
	took := time.Since(began)
	until(b.Context(), time.Now().Add(2*time.Second)) // the last are told
	told, messages := &sample{}, 0
	for _, w := range consoles {
		w.hangUp()
		messages += w.messages
		for _, t := range w.told {
			if due, ok := run.opened[t.ticket]; ok {
				told.add(t.at.Sub(due))
			}
		}
	}
	b.ReportMetric(told.at(0.5), "told-p50-ms")
	b.ReportMetric(told.at(0.99), "told-p99-ms")
	b.ReportMetric(run.created.at(0.99), "open-p99-ms")
	b.ReportMetric(float64(messages)/took.Seconds(), "messages/s")
	b.ReportMetric(float64(len(run.opened)*len(consoles)/districts-told.count()), "untold")
	b.ReportMetric(float64(len(consoles)), "streams")
	b.ReportMetric(0, "ns/op")
}

// console is one stream of one district.
type console struct {
	conn     net.Conn
	gone     chan struct{}
	messages int
	told     []telling
}

type telling struct {
	ticket string
	at     time.Time
}

// watch opens streams, as many of each district, and follows them.
func watch(b *testing.B, s *server, token string, streams int) []*console {
	b.Helper()
	consoles := make([]*console, streams)
	var parallel errgroup.Group
	parallel.SetLimit(16)
	for n := range consoles {
		parallel.Go(func() error {
			conn, err := (&net.Dialer{}).DialContext(b.Context(), "tcp", strings.TrimPrefix(s.url, "http://"))
			if err != nil {
				return err
			}
			b.Cleanup(func() { _ = conn.Close() })
			request := fmt.Sprintf("GET /v1/districts/d%d/events HTTP/1.1\r\nHost: linli\r\nAuthorization: Bearer %s\r\n\r\n", n%districts, token)
			if _, err := conn.Write([]byte(request)); err != nil {
				return err
			}
			lines := bufio.NewScanner(bufio.NewReaderSize(conn, 2048))
			for lines.Scan() {
				switch line := lines.Text(); {
				case strings.HasPrefix(line, "HTTP/") && !strings.Contains(line, " 200 "):
					return fmt.Errorf("open stream: %s", line)
				case strings.HasPrefix(line, "retry:"):
					consoles[n] = &console{conn: conn, gone: make(chan struct{})}
					go consoles[n].follow(lines)
					return nil
				}
			}
			return fmt.Errorf("open stream: the server hung up")
		})
	}
	if err := parallel.Wait(); err != nil {
		b.Fatal(err)
	}
	return consoles
}

// follow notes when each ticket is told to be open.
func (c *console) follow(lines *bufio.Scanner) {
	defer close(c.gone)
	opening := false
	for lines.Scan() {
		switch line := lines.Bytes(); {
		case bytes.HasPrefix(line, []byte("event: ")):
			opening = bytes.Equal(line, []byte("event: TicketOpened"))
		case bytes.HasPrefix(line, []byte("data: ")):
			at := time.Now()
			if c.messages++; opening {
				_, rest, _ := bytes.Cut(line, []byte(`"ticket_id":`))
				if parts := bytes.SplitN(rest, []byte(`"`), 3); len(parts) == 3 {
					c.told = append(c.told, telling{string(parts[1]), at})
				}
			}
		}
	}
}

// hangUp ends the stream and waits until nothing more is noted.
func (c *console) hangUp() {
	_ = c.conn.Close()
	<-c.gone
}
