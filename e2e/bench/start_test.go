package bench

import (
	"os"
	"testing"
	"time"
)

// BenchmarkStart is what a person waits for and what the process weighs: the first start with the demo community, and every
// start after it.
func BenchmarkStart(b *testing.B) {
	info, err := os.Stat(linli(b))
	if err != nil {
		b.Fatal(err)
	}
	dir := b.TempDir()
	first := serve(b, dir, "--demo")
	first.stop()
	var again time.Duration
	var rss int64
	const starts = 5
	for range starts {
		s := serve(b, dir, "--demo")
		again = max(again, s.ready)
		until(b.Context(), time.Now().Add(3*time.Second)) // consumers have caught up and nothing happens
		rss = max(rss, s.rss(b))
		s.stop()
	}
	b.ReportMetric(first.ready.Seconds(), "first-start-s")
	b.ReportMetric(again.Seconds(), "start-s")
	b.ReportMetric(float64(rss)/mib, "idle-MiB")
	b.ReportMetric(float64(info.Size())/mib, "binary-MiB")
	b.ReportMetric(0, "ns/op")
}
