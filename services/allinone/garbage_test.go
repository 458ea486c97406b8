package main

import "testing"

func TestGrowth_IsBoundedByWhatIsSpare(t *testing.T) {
	for mib, want := range map[uint64]int{0: 400, 10: 400, 45: 400, 60: 300, 90: 200, 180: 100, 2000: 100} {
		if got := growth(mib << 20); got != want {
			t.Errorf("%d MiB may grow by %d %%, want %d", mib, got, want)
		}
	}
}
