package traceview

// Node is a Span where it stands in the tree.
type Node struct {
	Span

	Depth  int
	Orphan bool // its parent is not here: still running, in another process, or forgotten

	Left, Width float64 // of its bar, in percent of the trace
}

// arrange walks the tree depth first. Every span appears exactly once, whatever nonsense its parent_id is.
func arrange(t Trace) []Node {
	children := map[string][]int{}
	here := map[string]bool{}
	for i, s := range t.Spans {
		here[s.SpanID] = true
		children[s.ParentID] = append(children[s.ParentID], i)
	}
	w := walk{trace: t, children: children, seen: make([]bool, len(t.Spans))}
	for i, s := range t.Spans {
		if s.ParentID == "" || !here[s.ParentID] {
			w.visit(i, 0, s.ParentID != "")
		}
	}
	for i := range t.Spans { // only spans that descend from each other in a circle are left
		w.visit(i, 0, true)
	}
	return w.nodes
}

type walk struct {
	trace    Trace
	children map[string][]int
	seen     []bool
	nodes    []Node
}

func (w *walk) visit(i, depth int, orphan bool) {
	if w.seen[i] {
		return
	}
	w.seen[i] = true
	s := w.trace.Spans[i]
	whole := max(w.trace.DurationMS, 0.001)
	w.nodes = append(w.nodes, Node{
		Span: s, Depth: depth, Orphan: orphan,
		Left: 100 * millis(s.Start.Sub(w.trace.Start)) / whole, Width: 100 * s.DurationMS / whole,
	})
	for _, child := range w.children[s.SpanID] {
		w.visit(child, depth+1, false)
	}
}
