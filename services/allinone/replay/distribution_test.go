package replay

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	commonv1 "github.com/linlihub/linli/proto/gen/linli/common/v1"
)

func TestMeasure(t *testing.T) {
	hundred := []float64{}
	for i := range 100 {
		hundred = append(hundred, float64(100-i))
	}
	for _, c := range []struct {
		values []float64
		want   Distribution
	}{
		{nil, Distribution{}},
		{[]float64{7}, Distribution{1, 7, 7, 7, 7}},
		{[]float64{2, 1}, Distribution{2, 1, 2, 2, 2}},
		{hundred, Distribution{100, 50, 90, 99, 100}},
	} {
		if diff := cmp.Diff(c.want, Measure(c.values)); diff != "" {
			t.Error(diff)
		}
	}
}

func TestPercentilesAreMeasuredValuesInOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.Float64Range(0, 1e6), 1, 300).Draw(t, "values")
		d := Measure(values)
		measured := map[float64]bool{}
		below := 0
		for _, v := range values {
			measured[v] = true
			if v <= d.P90 {
				below++
			}
		}
		if !measured[d.P50] || !measured[d.P90] || !measured[d.P99] || d.P50 > d.P90 || d.P90 > d.P99 || d.P99 > d.Max || 10*below < 9*len(values) {
			t.Errorf("%+v of %v", d, values)
		}
	})
}

func TestShare(t *testing.T) {
	if share(0, 0) != 0 || share(1, 3) != .333 || share(3, 3) != 1 {
		t.Error(share(0, 0), share(1, 3), share(3, 3))
	}
}

func TestHabitsAreHuman(t *testing.T) {
	draw, same := newChance(1, "s001"), newChance(1, "s001")
	var sum time.Duration
	good, bad := 0, 0
	for range 2000 {
		d := draw.around(10*time.Minute, .35)
		if d != same.around(10*time.Minute, .35) {
			t.Fatal("the same seed and person draw differently")
		}
		if d < 2*time.Minute || d > 50*time.Minute {
			t.Errorf("%v is not around ten minutes", d)
		}
		sum += d
	}
	for range 2000 {
		good += int(draw.stars(false))
		bad += int(draw.stars(true))
	}
	if mean := sum / 2000; mean < 9*time.Minute || mean > 12*time.Minute || good < 4*2000 || bad > 4*2000 {
		t.Error(mean, good, bad)
	}
}

func TestTravel(t *testing.T) {
	a, b := &commonv1.Point{Lat: 30.2850, Lon: 120.1050}, &commonv1.Point{Lat: 30.3120, Lon: 120.1250}
	if d := distance(a, b); d < 3400 || d > 3700 {
		t.Errorf("%.0f m", d)
	}
	if m := between(a, b, .5); distance(a, m) < 1700 || distance(a, m) > 1850 {
		t.Error(m)
	}
	if m := between(a, b, 7); distance(m, b) > 1 {
		t.Error(m)
	}
}
