package world

// kind of an event.
type kind int

const (
	finished kind = iota // first: who becomes free may take what comes at the same moment
	arrived
	opened
	ticked
)

type event struct {
	at         float64
	kind       kind
	who        int // technician, or ticket
	generation int
}

// events is a heap by time, then kind, then number: ties are decided alike in every run.
type events []event

func (e events) Len() int      { return len(e) }
func (e events) Swap(i, j int) { e[i], e[j] = e[j], e[i] }

func (e events) Less(i, j int) bool {
	a, b := e[i], e[j]
	if a.at != b.at {
		return a.at < b.at
	}
	if a.kind != b.kind {
		return a.kind < b.kind
	}
	return a.who < b.who
}

// Push is for container/heap.
func (e *events) Push(x any) { *e = append(*e, x.(event)) }

// Pop is for container/heap.
func (e *events) Pop() any {
	last := len(*e) - 1
	x := (*e)[last]
	*e = (*e)[:last]
	return x
}
