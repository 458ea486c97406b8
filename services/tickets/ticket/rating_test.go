package ticket

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

func TestRule5_Tally(t *testing.T) {
	var tally Tally
	for _, stars := range []int{5, 5, 4, 2, 0, 0} {
		tally.Add(stars)
	}
	if tally.N() != 4 || tally.Score() != 4 || tally.Satisfaction() != 0.75 {
		t.Errorf("n %d score %v satisfaction %v", tally.N(), tally.Score(), tally.Satisfaction())
	}
	if got := tally.ResponseRate(); math.Abs(got-4.0/6) > 1e-12 {
		t.Errorf("response rate %v", got)
	}
	if (Tally{}).Score() != 0 || (Tally{}).LowerBound() != 0 || (Tally{}).ResponseRate() != 0 {
		t.Error("an empty tally is not zero")
	}
}

func TestRule5_MergingIsNeverAnAverageOfAverages(t *testing.T) {
	many, one := Tally{Stars: [5]int{0, 0, 0, 0, 99}, Asked: 99}, Tally{Stars: [5]int{1}, Asked: 1}
	many.Merge(one)
	if got := many.Score(); got != 4.96 { // and not (5 + 1) / 2
		t.Errorf("score %v", got)
	}
}

func TestRule5_RankedByTheLowerBound(t *testing.T) {
	three, many := Tally{Stars: [5]int{4: 3}}, Tally{Stars: [5]int{1: 15, 4: 285}}
	if three.Satisfaction() <= many.Satisfaction() || three.LowerBound() >= many.LowerBound() {
		t.Errorf("3 of 3 has %v, 285 of 300 has %v", three.LowerBound(), many.LowerBound())
	}
	// 8 of 10 at 95 %: 0.4902, as tables of the Wilson interval have it.
	if got := (Tally{Stars: [5]int{2, 0, 0, 0, 8}}).LowerBound(); math.Abs(got-0.4902) > 5e-5 {
		t.Errorf("lower bound %v", got)
	}
}

func TestTally_LowerBoundStaysBelow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var tally Tally
		for i := range tally.Stars {
			tally.Stars[i] = rapid.IntRange(0, 1000).Draw(t, "count")
		}
		if low := tally.LowerBound(); low < 0 || low > tally.Satisfaction() {
			t.Fatalf("%v of %v", low, tally.Satisfaction())
		}
	})
}
