package bus

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"

	"pgregory.net/rapid"
)

// Whatever order messages finish in, the group never says it has passed one that is unfinished, and says it as soon as it
// may.
func TestTrackerReachesTheFirstUnfinished(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tracker := newTracker(1 << 20)
		var added, open []int64
		next, last := rapid.Int64Range(0, 1000).Draw(t, "start"), int64(-1)
		t.Repeat(map[string]func(*rapid.T){
			"add": func(t *rapid.T) {
				next += rapid.Int64Range(1, 3).Draw(t, "gap") // old records go, and leave gaps
				tracker.add(next)
				added, open = append(added, next), append(open, next)
			},
			"finish": func(t *rapid.T) {
				if len(open) == 0 {
					t.Skip("nothing is open")
				}
				i := rapid.IntRange(0, len(open)-1).Draw(t, "which")
				tracker.finish(open[i])
				open = slices.Delete(open, i, i+1)
			},
			"finish again": func(t *rapid.T) {
				if len(added) > 0 {
					if offset := rapid.SampledFrom(added).Draw(t, "which"); !slices.Contains(open, offset) {
						tracker.finish(offset)
					}
				}
			},
			"": func(t *rapid.T) {
				got, some := tracker.reached()
				if want, wantSome := modelReached(added, open); got != want || some != wantSome {
					t.Fatalf("reached %d %v, want %d %v; unfinished %v", got, some, want, wantSome, open)
				}
				if got < last {
					t.Fatalf("went back from %d to %d", last, got)
				}
				last = got
			},
		})
	})
}

// modelReached is one after the last of the finished messages before which nothing is open.
func modelReached(added, open []int64) (int64, bool) {
	reached := int64(-1)
	for _, offset := range added {
		if slices.Contains(open, offset) {
			break
		}
		reached = offset + 1
	}
	return reached, reached >= 0
}

func TestTrackerHoldsBack(t *testing.T) {
	for name, fill := range map[string]func(*tracker) (release int64){
		"too many unfinished": func(tr *tracker) int64 {
			for offset := range int64(4) {
				tr.add(offset)
			}
			return 2
		},
		"too far apart": func(tr *tracker) int64 {
			for offset := range int64(4 * 32) {
				tr.add(offset)
				if offset > 0 {
					tr.finish(offset)
				}
			}
			return 0
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tr := newTracker(4)
				release := fill(tr)
				through := make(chan error, 1)
				go func() { through <- tr.wait(t.Context()) }()
				synctest.Wait()
				select {
				case err := <-through:
					t.Fatalf("did not hold back: %v", err)
				default:
				}
				tr.finish(release)
				if err := <-through; err != nil {
					t.Fatal(err)
				}
			})
		})
	}
}

func TestTrackerWaitEndsWithContext(t *testing.T) {
	tr := newTracker(1)
	tr.add(0)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := tr.wait(ctx); err == nil {
		t.Error("waited past the end")
	}
}
