package ticket

import (
	"cmp"
	"math"
	"slices"
	"time"
)

// Like is a ticket that may be about the same trouble.
type Like struct {
	Snapshot Snapshot
	Percent  int // 60–100
}

// The parts of a likeness, and what is enough to suggest it [default].
const (
	sameHome, sameBuilding, nearby, sameCommunity = 50, 40, 35, 20

	sameCategory, sameSkill = 30, 15

	atOnce     = 20             // for one posted this minute; it fades to nothing
	fadesAfter = 48 * time.Hour // within this time

	enough     = 60
	nearMetres = 100
)

// Similar suggests which of the others may be the same trouble as mine, which is opened now, by place, category and time:
// likeliest first. Of mine only Place and Category are looked at. It is only ever a suggestion: the resident may follow
// one of them, or open their own.
func Similar(mine Snapshot, others []Snapshot, now time.Time) []Like {
	var likes []Like
	for _, o := range others {
		if percent := likeness(mine, o, now); percent >= enough && (o.ID != mine.ID || o.ID == "") {
			likes = append(likes, Like{o, percent})
		}
	}
	slices.SortFunc(likes, func(a, b Like) int {
		return cmp.Or(cmp.Compare(b.Percent, a.Percent), cmp.Compare(a.Snapshot.ID, b.Snapshot.ID))
	})
	return likes
}

// likeness is 0 when the place, the category or the time rules it out.
func likeness(mine, o Snapshot, now time.Time) int {
	place, category := placeScore(mine.Place, o.Place), categoryScore(mine.Category, o.Category)
	age := now.Sub(o.Timeline.posted()).Abs()
	if place == 0 || category == 0 || age >= fadesAfter || !o.Stage.Live() {
		return 0
	}
	return place + category + int(atOnce*(fadesAfter-age)/fadesAfter)
}

func placeScore(a, b Place) int {
	switch {
	case same(a.HomeID, b.HomeID):
		return sameHome
	case same(a.BuildingID, b.BuildingID):
		return sameBuilding
	case a.Point != nil && b.Point != nil && a.Point.metres(*b.Point) <= nearMetres:
		return nearby
	case same(a.CommunityID, b.CommunityID):
		return sameCommunity
	}
	return 0
}

func categoryScore(a, b Category) int {
	if a == b {
		return sameCategory
	}
	mine, known := a.Info()
	theirs, _ := b.Info()
	if known && mine.Skill == theirs.Skill {
		return sameSkill
	}
	return 0
}

// metres is good for the short distances of a district.
func (p Point) metres(o Point) float64 {
	const perDegree = 111_195.0
	x := (p.Lon - o.Lon) * math.Cos((p.Lat+o.Lat)/2*math.Pi/180)
	return math.Hypot(x, p.Lat-o.Lat) * perDegree
}

func same(a, b string) bool { return a != "" && a == b }
