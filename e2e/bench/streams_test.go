package bench

import (
	"bufio"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"
)

// BenchmarkIdleStreams opens streams that then only beat, as the pages of people who wait do, and measures what each takes of
// the server's memory. A bare connection is the client: it is not measured, and must not push the server out of memory.
func BenchmarkIdleStreams(b *testing.B) {
	streams := setting(b, "LINLI_BENCH_STREAMS", 10_000)
	s := serve(b, b.TempDir(), append([]string{"--demo"}, lavish...)...)
	token, err := s.codeSession(b.Context(), b, "19900000003")
	if err != nil {
		b.Fatal(err)
	}
	request := fmt.Sprintf("GET /v1/me/events HTTP/1.1\r\nHost: linli\r\nAuthorization: Bearer %s\r\n\r\n", token)
	if err := openStreams(b, s, request, 100); err != nil { // what the first ones need is not of each
		b.Fatal(err)
	}
	until(b.Context(), time.Now().Add(5*time.Second))
	before, began := s.rss(b), time.Now()
	if err := openStreams(b, s, request, streams); err != nil {
		b.Fatal(err)
	}
	took := time.Since(began)
	until(b.Context(), began.Add(took+20*time.Second)) // each has beaten at least once
	b.ReportMetric(float64(s.rss(b)-before)/float64(streams)/1024, "KiB/stream")
	b.ReportMetric(float64(s.rss(b))/mib, "MiB")
	b.ReportMetric(float64(streams)/took.Seconds(), "streams/s")
	b.ReportMetric(0, "ns/op")
}

// openStreams opens many streams and reads each up to its first words. They are closed at the end of the benchmark.
func openStreams(b *testing.B, s *server, request string, many int) error {
	var parallel errgroup.Group
	parallel.SetLimit(16)
	for range many {
		parallel.Go(func() error {
			conn, err := (&net.Dialer{}).DialContext(b.Context(), "tcp", strings.TrimPrefix(s.url, "http://"))
			if err != nil {
				return err
			}
			b.Cleanup(func() { _ = conn.Close() })
			if _, err := conn.Write([]byte(request)); err != nil {
				return err
			}
			for lines := bufio.NewScanner(conn); lines.Scan(); {
				switch line := lines.Text(); {
				case strings.HasPrefix(line, "HTTP/") && !strings.Contains(line, " 200 "):
					return fmt.Errorf("open stream: %s", line)
				case strings.HasPrefix(line, "retry:"):
					return nil
				}
			}
			return fmt.Errorf("open stream: the server hung up")
		})
	}
	return parallel.Wait()
}
