// Package experience is what a district's board has learned from its own events: how much comes in by category and hour of the
// day, how long ways and work take by hour, category and technician, and how true its windows of arrival were. It is a pure
// function of the events and their times, so that the same log teaches the same; it reads no clock and does no I/O. An
// Experience is not safe for concurrent use.
package experience

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"
)

// zone is China's one time zone: hours and days are hours and days there.
var zone = time.FixedZone("Asia/Shanghai", 8*60*60)

// Experience of one district. The zero value is not ready, use New or Open.
type Experience struct {
	now   present
	past  past
	pace  pace
	dirty map[string]bool
}

// The parts an Experience is kept in: what changes with every ticket is small, what is large changes once an hour.
const (
	partNow  = "now"
	partPast = "past"
	partPace = "pace"
)

// New knows nothing.
func New() *Experience {
	e := &Experience{pace: newPace(), dirty: map[string]bool{}}
	e.complete()
	return e
}

// complete makes the maps that are not there.
func (e *Experience) complete() {
	if e.now.Counts == nil {
		e.now.Counts = map[string][4]float64{}
	}
	if e.past.Kinds == nil {
		e.past.Kinds = map[string]*Kind{}
	}
	e.pace.complete()
}

// Open reads what Dirty answered before; a part that is missing has taught nothing yet, and one that is unknown is of another release.
func Open(parts map[string][]byte) (*Experience, error) {
	e := New()
	for name, data := range parts {
		into := e.part(name)
		if into == nil {
			continue
		}
		if err := json.Unmarshal(data, into); err != nil {
			return nil, fmt.Errorf("read experience %s: %w", name, err)
		}
	}
	e.complete()
	return e, nil
}

func (e *Experience) part(name string) any {
	switch name {
	case partNow:
		return &e.now
	case partPast:
		return &e.past
	case partPace:
		return &e.pace
	default:
		return nil
	}
}

// Dirty answers the parts that changed since New, Open or Settle.
func (e *Experience) Dirty() map[string][]byte {
	parts := map[string][]byte{}
	for _, name := range slices.Sorted(maps.Keys(e.dirty)) {
		data, err := json.Marshal(e.part(name))
		if err != nil {
			panic("experience: " + err.Error()) // numbers and strings of our own, none of them infinite
		}
		parts[name] = data
	}
	return parts
}

// Changed says whether there is something to save.
func (e *Experience) Changed() bool { return len(e.dirty) > 0 }

// Settle says that everything is saved.
func (e *Experience) Settle() { clear(e.dirty) }
