package main

import "testing"

func TestGrowth_IsBoundedByWhatIsSpare(t *testing.T) {
	for mib, want := range map[uint64]int{0: 200, 10: 200, 60: 200, 80: 150, 120: 100, 160: 75, 2000: 75} {
		if got := growth(mib << 20); got != want {
			t.Errorf("%d MiB may grow by %d %%, want %d", mib, got, want)
		}
	}
}
