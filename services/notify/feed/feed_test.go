package feed_test

import (
	"testing"
	"time"

	"github.com/linlihub/linli/services/notify/feed"
)

func TestSentencesLeaveOutWhatNobodyKnows(t *testing.T) {
	for _, c := range []struct{ name, eta, want string }{
		{"王师傅", "14:20–14:35", "已派单给王师傅，预计 14:20–14:35 到达"},
		{"", "14:20–14:35", "已派单，预计 14:20–14:35 到达"},
		{"王师傅", "", "已派单给王师傅"},
		{"", "", "已派单"},
	} {
		if got := feed.Say(feed.Assigned, c.name, c.eta).ZH; got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}

func TestWindowIsToldInChineseTime(t *testing.T) {
	from := time.Date(2025, 3, 24, 6, 20, 0, 0, time.UTC)
	if got := feed.Window(from, from.Add(15*time.Minute)); got != "14:20–14:35" {
		t.Error(got)
	}
}

func TestWhoMayReadWhat(t *testing.T) {
	only := func(district string) func(string) bool { return func(d string) bool { return d == district } }
	ticket := feed.Ticket{ID: "t1", DistrictID: "d1", ResidentID: "p1", Listeners: []string{feed.OfPerson("p3"), feed.OfStaff("s1")}}
	resident := feed.Reader{PersonID: "p1", Reaches: only("")}
	stranger := feed.Reader{PersonID: "p2", Reaches: only("")}
	follower := feed.Reader{PersonID: "p3", Reaches: only("")}
	technician := feed.Reader{StaffID: "s1", Reaches: only("")}
	namesake := feed.Reader{StaffID: "p1", Reaches: only("")}
	steward := feed.Reader{StaffID: "s9", Reaches: only("d1")}
	elsewhere := feed.Reader{StaffID: "s9", Reaches: only("d2")}
	for name, c := range map[string]struct {
		feed   string
		reader feed.Reader
		want   bool
	}{
		"the resident's ticket":        {"ticket:t1", resident, true},
		"a stranger":                   {"ticket:t1", stranger, false},
		"a follower":                   {"ticket:t1", follower, true},
		"the technician":               {"ticket:t1", technician, true},
		"staff with the resident's id": {"ticket:t1", namesake, false},
		"the district's steward":       {"ticket:t1", steward, true},
		"another district's steward":   {"ticket:t1", elsewhere, false},
		"another ticket":               {"ticket:t2", resident, false},
		"one's own feed":               {"person:p1", resident, true},
		"another's feed":               {"person:p1", stranger, false},
		"nobody's feed":                {"person:", feed.Reader{Reaches: only("")}, false},
		"a district in scope":          {"district:d1", steward, true},
		"a district out of scope":      {"district:d1", elsewhere, false},
		"a district, by a resident":    {"district:d1", resident, false},
		"a feed of no kind":            {"everything", steward, false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := feed.MayRead(c.feed, c.reader, ticket); got != c.want {
				t.Errorf("MayRead = %v", got)
			}
		})
	}
}
