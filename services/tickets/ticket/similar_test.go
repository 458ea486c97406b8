package ticket

import (
	"testing"
	"time"
)

func TestRule8_DuplicatesByPlaceCategoryAndTime(t *testing.T) {
	now := nineAM.Add(time.Hour)
	near, far := &Point{30.2505, 120.16}, &Point{30.26, 120.16} // 56 m and 1,100 m away
	mine := Snapshot{ID: "mine", Category: Plumbing, Place: request().Place}
	for _, c := range []struct {
		name     string
		category Category
		place    Place
		age      time.Duration
		want     bool
	}{
		{"the same home, a moment ago", Plumbing, Place{HomeID: "home-1"}, time.Minute, true},
		{"the same home, a day ago", Plumbing, Place{HomeID: "home-1"}, 24 * time.Hour, true},
		{"the same home, three days ago", Plumbing, Place{HomeID: "home-1"}, 72 * time.Hour, false},
		{"the same home, another trouble", Electrical, Place{HomeID: "home-1"}, time.Minute, false},
		{"the same building", Plumbing, Place{HomeID: "home-2", BuildingID: "building-1"}, time.Hour, true},
		{"a building across the yard", Plumbing, Place{HomeID: "home-3", BuildingID: "building-2", Point: near}, time.Hour, true},
		{"the same community, just now", Plumbing, Place{CommunityID: "community-1", Point: far}, time.Hour, true},
		{"the same community, yesterday", Plumbing, Place{CommunityID: "community-1", Point: far}, 30 * time.Hour, false},
		{"elsewhere", Plumbing, Place{CommunityID: "community-2"}, time.Minute, false},
		{"a place nobody knows", Plumbing, Place{}, time.Minute, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			other := Snapshot{ID: "other", Category: c.category, Place: c.place, Stage: StateOpened}
			other.Timeline.Cycles = []Cycle{{Number: 1, Posted: now.Add(-c.age)}}
			if got := Similar(mine, []Snapshot{other}, now); (len(got) == 1) != c.want {
				t.Errorf("suggests %d", len(got))
			}
		})
	}
}

func TestSimilar_LikeliestFirstAndNeverItself(t *testing.T) {
	seen := func(id string, place Place, stage State) Snapshot {
		s := Snapshot{ID: id, Category: Plumbing, Place: place, Stage: stage}
		s.Timeline.Cycles = []Cycle{{Number: 1, Posted: nineAM}}
		return s
	}
	mine := seen("mine", request().Place, StateOpened)
	got := Similar(mine, []Snapshot{
		mine, seen("building", Place{BuildingID: "building-1"}, StateOnSite), seen("home", Place{HomeID: "home-1"}, StateOpened),
		seen("done", Place{HomeID: "home-1"}, StateFinished),
	}, nineAM)
	if len(got) != 2 || got[0].Snapshot.ID != "home" || got[0].Percent != 100 || got[1].Snapshot.ID != "building" {
		t.Errorf("suggests %+v", got)
	}
}

func TestSimilar_RelatedTroublesOfOneHome(t *testing.T) {
	o := Snapshot{ID: "noise", Category: Noise, Place: Place{HomeID: "home-1"}, Stage: StateOpened}
	o.Timeline.Cycles = []Cycle{{Number: 1, Posted: nineAM}}
	mine := Snapshot{ID: "parking", Category: Parking, Place: Place{HomeID: "home-1"}}
	if got := Similar(mine, []Snapshot{o}, nineAM); len(got) != 1 { // both are for security
		t.Errorf("suggests %d", len(got))
	}
	if got := Similar(Snapshot{Category: "alchemy", Place: mine.Place}, []Snapshot{{ID: "x", Category: "magic", Place: mine.Place, Stage: StateOpened}}, nineAM); len(got) != 0 {
		t.Error("unknown categories are alike")
	}
}
