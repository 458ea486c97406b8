package traceview

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestArrange(t *testing.T) {
	spans := func(edges string) (t Trace) {
		for _, edge := range strings.Fields(edges) {
			parent, id, _ := strings.Cut(edge, ">")
			t.Spans = append(t.Spans, Span{SpanID: id, ParentID: parent})
		}
		return t
	}
	for edges, want := range map[string]string{
		"":                ``,
		">a a>b b>c a>d":  `a b. c.. d.`,
		">a gone>b b>c":   `a b? c.`,
		">a b>c c>b":      `a c? b.`,
		"a>a":             `a?`,
		">a >b a>c b>d":   `a c. b d.`,
		">a a>b a>b b>c ": `a b. c.. b.`,
	} {
		var got []string
		for _, n := range arrange(spans(edges)) {
			line := n.SpanID + strings.Repeat(".", n.Depth)
			if n.Orphan {
				line += "?"
			}
			got = append(got, line)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%q became %q, want %q", edges, strings.Join(got, " "), want)
		}
	}
}

func TestEverySpanIsShownOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var given Trace
		for i := range rapid.IntRange(0, 30).Draw(t, "spans") {
			parent := rapid.IntRange(-1, 30).Draw(t, "parent")
			given.Spans = append(given.Spans, Span{SpanID: fmt.Sprint(i), ParentID: fmt.Sprint(parent)})
		}
		seen := map[string]int{}
		for _, n := range arrange(given) {
			seen[n.SpanID]++
		}
		for _, s := range given.Spans {
			if seen[s.SpanID] != 1 {
				t.Fatalf("span %s is shown %d times", s.SpanID, seen[s.SpanID])
			}
		}
	})
}

func TestInWords(t *testing.T) {
	for ms, want := range map[float64]string{0.1234: "0.12 ms", 12.6: "13 ms", 1500: "1.5 s", 125_000: "2m5s"} {
		if got := inWords(ms); got != want {
			t.Errorf("%v is %q", ms, got)
		}
	}
}
