// Package golden keeps one binary sample of every event in every shape it ever had. A consumer reads events that were
// written years ago and stand in nobody's log any more but ours, so each sample must decode for ever, to the JSON beside it.
//
//	go test ./proto/golden -update
//
// adds a sample for an event that is new or has a new field. It never touches one that exists; neither should anybody.
package golden
