package ticket

import (
	"encoding/json"
	"errors"
	"fmt"
)

// Encode is the stored form of an event; keep its Name beside it.
func Encode(e Event) ([]byte, error) {
	data, err := json.Marshal(e)
	if err != nil {
		return nil, fmt.Errorf("encode event %s: %w", e.Name(), err)
	}
	return data, nil
}

// Decode reads a stored event. Unknown fields are passed over: a newer version may have written them.
func Decode(name string, data []byte) (Event, error) {
	read, known := readers[name]
	if !known {
		return nil, fmt.Errorf("decode event: no event %q", name)
	}
	e, err := read(data)
	if err != nil {
		return nil, fmt.Errorf("decode event %s: %w", name, err)
	}
	return e, nil
}

// Replay gives the snapshot that follows from a log. The log of a ticket begins with Opened and has it once.
func Replay(log []Event) (Snapshot, error) {
	var s Snapshot
	for i, e := range log {
		if _, opens := e.(Opened); opens != (i == 0) {
			return Snapshot{}, fmt.Errorf("replay: event %d of the log is %s", i+1, e.Name())
		}
		s.apply(e)
	}
	if len(log) == 0 {
		return Snapshot{}, errors.New("replay: the log is empty")
	}
	return s, nil
}

// readers has every event once; each is asked for its own name.
var readers = byName(
	read[Opened], read[Replied], read[PhotosAdded], read[Assigned], read[Unassigned], read[Accepted], read[Departed],
	read[EtaMoved], read[Arrived], read[Paused], read[Resumed], read[Finished], read[Rated], read[RatingEdited],
	read[Reopened], read[Urged], read[Cancelled], read[Closed], read[Escalated], read[NoCandidateRaised], read[Followed],
	read[CameLate], read[SecondJoined], read[SecondArrived], read[SecondLeft], read[SecondMissed],
)

type reader = func(data []byte) (Event, error)

func read[E Event](data []byte) (Event, error) {
	var e E
	err := json.Unmarshal(data, &e)
	return e, err
}

func byName(all ...reader) map[string]reader {
	named := make(map[string]reader, len(all))
	for _, read := range all {
		e, _ := read([]byte("{}"))
		named[e.Name()] = read
	}
	return named
}
