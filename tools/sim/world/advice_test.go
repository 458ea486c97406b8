package world_test

import (
	"reflect"
	"testing"

	"github.com/linlihub/linli/tools/sim/policy"
	"github.com/linlihub/linli/tools/sim/world"
)

// lives is what became of a day.
func lives(t *testing.T, name string, s world.Spec) world.Served {
	t.Helper()
	d := world.Make(s)
	served, err := policy.Live(name, d, still)
	if err != nil {
		t.Fatal(err)
	}
	lawful(t, d, served)
	served.Decided = nil // what it took on the wall
	return served
}

// An advice that nobody follows changes nothing, and one that is followed costs kilometres.
func TestAdviceIsWorthWhatIsFollowed(t *testing.T) {
	deaf := small(6)
	deaf.Deaf = 1
	none, unheeded, followed := lives(t, "ours-posts", small(6)), lives(t, "ours", deaf), lives(t, "ours", small(6))
	if !reflect.DeepEqual(none, unheeded) {
		t.Error("an advice that nobody follows changed the day")
	}
	if followed.TravelKM <= none.TravelKM {
		t.Errorf("%.1f km with waiting places, %.1f without", followed.TravelKM, none.TravelKM)
	}
}

// Where nobody is heard of on the way to where to wait, the board thinks otherwise of who is near.
func TestWhoIsUnheardOfIsThoughtElsewhere(t *testing.T) {
	unheard := small(6)
	unheard.Unheard = true
	if one, two := lives(t, "ours", small(6)), lives(t, "ours", unheard); reflect.DeepEqual(one.Arrived, two.Arrived) {
		t.Error("nobody was thought elsewhere")
	}
}

// A board knows the more of a day the longer it has learned; the days before are drawn anew, and the same each time.
func TestABoardLearnsTheForecast(t *testing.T) {
	first, later := small(6), small(6)
	first.Learned, later.Learned = 1, 3
	one, two, again := lives(t, "ours", first), lives(t, "ours", later), lives(t, "ours", later)
	if reflect.DeepEqual(one.Arrived, two.Arrived) {
		t.Error("two days before taught nothing")
	}
	if !reflect.DeepEqual(two.Arrived, again.Arrived) {
		t.Error("two lives of one day differ")
	}
	if greedy := lives(t, "greedy", later); !reflect.DeepEqual(greedy.Arrived, lives(t, "greedy", small(6)).Arrived) {
		t.Error("greedy looks ahead")
	}
}
