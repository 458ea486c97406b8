package plan

import (
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// expecting is a forecast of so many plumbing jobs an hour at some places.
func expecting(rate float64, places ...Place) *Forecast {
	hour := map[string]float64{"plumbing": rate}
	return &Forecast{Begin: now, Hours: []map[string]float64{hour, hour}, Works: []time.Duration{35 * minute}, Places: places}
}

func onDuty(id string, change ...func(*Technician)) Technician {
	return worker(id, append([]func(*Technician){func(w *Technician) { w.OnDuty = true }}, change...)...)
}

// Who has nothing to do is advised to wait where work is expected, if it is worth it, and only then.
func TestPosts(t *testing.T) {
	advised := func(ago time.Duration) func(*Technician) {
		return func(w *Technician) { w.Post, w.Posted = at(4), now.Add(-ago) }
	}
	for _, c := range []struct {
		name     string
		forecast *Forecast
		crew     []Technician
		change   func(*Policy)
		want     []Move
	}{
		{"to where work is expected", expecting(6, at(4)), []Technician{onDuty("a")}, nil, []Move{{"a", at(4)}}},
		{"one who is there is enough", expecting(6, at(4)), []Technician{onDuty("a"), onDuty("b", func(w *Technician) { w.At = at(4) })}, nil, nil},
		{"the one who is left over", expecting(6, at(0), at(4)), []Technician{onDuty("a"), onDuty("b")}, nil, []Move{{"a", at(4)}}},
		{"nothing is expected", expecting(0, at(4)), []Technician{onDuty("a")}, nil, nil},
		{"too little is", expecting(.1, at(4)), []Technician{onDuty("a")}, nil, nil},
		{"nothing this one can do is", expecting(6, at(4)), []Technician{onDuty("a", func(w *Technician) { w.Skills = []string{"gas"} })}, nil, nil},
		{"nobody knows where", expecting(6), []Technician{onDuty("a")}, nil, nil},
		{"too far", expecting(60, at(20)), []Technician{onDuty("a")}, nil, nil},
		{"busy", expecting(6, at(4)), []Technician{onDuty("a", holds("x", OnSite))}, nil, nil},
		{"busy elsewhere", expecting(6, at(4)), []Technician{onDuty("a", func(w *Technician) { w.Away = now.Add(minute) })}, nil, nil},
		{"off duty", expecting(6, at(4)), []Technician{worker("a", func(w *Technician) { w.OnDuty = false })}, nil, nil},
		{"off duty soon", expecting(6, at(4)), []Technician{onDuty("a", func(w *Technician) { w.Until = now.Add(20 * minute) })}, nil, nil},
		{"nobody knows where they are", expecting(6, at(4)), []Technician{onDuty("a", func(w *Technician) { w.At = Place{} })}, nil, nil},
		{"told already", expecting(6, at(4)), []Technician{onDuty("a", advised(15*minute))}, nil, nil},
		{"told something else a moment ago", expecting(6, at(-4)), []Technician{onDuty("a", advised(5*minute))}, nil, nil},
		{"told something else before", expecting(6, at(-4)), []Technician{onDuty("a", advised(15*minute))}, nil, []Move{{"a", at(-4)}}},
		{"told so long ago that it is forgotten", expecting(6, at(4)), []Technician{onDuty("a", advised(time.Hour))}, nil, []Move{{"a", at(4)}}},
		{
			"no more than the policy allows", expecting(60, at(4), at(-4)),
			[]Technician{onDuty("a", advised(minute)), onDuty("b")},
			func(p *Policy) { p.Posts.Most = 1 }, nil,
		},
		{"nobody ever", expecting(6, at(4)), []Technician{onDuty("a")}, func(p *Policy) { p.Posts.Most = 0 }, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := view(nil, c.crew...)
			v.Policy, v.Forecast = Default(), c.forecast
			if c.change != nil {
				c.change(&v.Policy)
			}
			if got := Plan(v, now).Moves; !slices.Equal(got, c.want) {
				t.Errorf("advised %v, want %v", got, c.want)
			}
		})
	}
}

// Whoever follows is not sent on and on: on any board advice ends, when each is where they were told, after few words a head.
func TestPosts_DoNotFlap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := View{Policy: Default()}
		for i := range rapid.IntRange(1, 6).Draw(t, "technicians") {
			v.Technicians = append(v.Technicians, onDuty(fmt.Sprintf("t%d", i), func(w *Technician) {
				w.At, w.Skills = at(rapid.Float64Range(-6, 6).Draw(t, "at")), some(t, "skills", "plumbing", "electrical")
			}))
		}
		var places []Place
		for range rapid.IntRange(1, 8).Draw(t, "places") {
			places = append(places, at(rapid.Float64Range(-6, 6).Draw(t, "place")))
		}
		v.Forecast = expecting(rapid.Float64Range(0, 40).Draw(t, "rate"), places...)
		at, told := now, 0
		for range 100 {
			moves := Plan(v, at).Moves
			if len(moves) > 1 {
				t.Fatalf("told %v at once", moves)
			}
			for _, m := range moves {
				told++
				i := slices.IndexFunc(v.Technicians, func(w Technician) bool { return w.ID == m.Staff })
				v.Technicians[i].At = m.To
				if !slices.Contains(places, m.To) {
					t.Fatalf("nothing is expected at %v", m.To)
				}
			}
		}
		if moves := Plan(v, at).Moves; len(moves) > 0 || told > 4*len(v.Technicians) {
			t.Fatalf("told %d times, and again %v", told, moves)
		}
	})
}

// An advice is about waiting: who is sent where is decided as if there were none, whatever was advised before.
func TestPosts_ChangeNoDecision(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := anyView(t)
		v.Forecast = expecting(rapid.Float64Range(0, 40).Draw(t, "rate"), at(rapid.Float64Range(-6, 6).Draw(t, "place")), at(0))
		none := v
		none.Policy.Posts.Most, none.Technicians = 0, slices.Clone(v.Technicians)
		for i := range v.Technicians {
			if rapid.Bool().Draw(t, "advised") {
				v.Technicians[i].Post, v.Technicians[i].Posted = at(rapid.Float64Range(-6, 6).Draw(t, "post")), now.Add(-minute)
			}
		}
		with, without := Plan(v, now), Plan(none, now)
		if with.Moves = nil; !reflect.DeepEqual(with, without) {
			t.Fatalf("with advice\n%+v\nwithout\n%+v", with, without)
		}
	})
}
