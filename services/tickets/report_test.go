package tickets

import (
	"testing"
	"time"

	"github.com/linlihub/linli/libs/authz"
	ticketsv1 "github.com/linlihub/linli/proto/gen/linli/tickets/v1"
)

// A manager reads of the districts in reach, of the days that were asked for, and of tickets as they stand now.
func TestDesk_AReportOfPromises(t *testing.T) {
	d := newDesk(t)
	anna := d.opens("anna")
	d.visits(anna.GetId(), "offer", "accept", "depart")
	d.clock.Advance(20 * time.Minute)
	d.visits(anna.GetId(), "arrive", "finish")
	d.opens("zoe")
	d.clock.Advance(24 * time.Hour)
	d.opens("ben")

	manager := employee(t.Context(), "m1", authz.Manager, "east")
	for _, c := range []struct {
		name          string
		req           *ticketsv1.ReportPromisesRequest
		from, until   string
		opened, lines int32
	}{
		{"the last seven days", &ticketsv1.ReportPromisesRequest{}, "2025-03-19", "2025-03-25", 2, 4},
		{"one day", &ticketsv1.ReportPromisesRequest{From: "2025-03-24", Until: "2025-03-24"}, "2025-03-24", "2025-03-24", 1, 4},
		{"up to a day", &ticketsv1.ReportPromisesRequest{Until: "2025-03-24"}, "2025-03-18", "2025-03-24", 1, 4},
		{"another's district", &ticketsv1.ReportPromisesRequest{DistrictId: "west"}, "2025-03-19", "2025-03-25", 0, 0},
	} {
		answer, err := d.ReportPromises(manager, c.req)
		must(t, err)
		if lines := answer.GetLines(); answer.GetFrom() != c.from || answer.GetUntil() != c.until || int32(len(lines)) != c.lines || c.lines > 0 && lines[0].GetOpened() != c.opened {
			t.Errorf("%s: %v", c.name, answer)
		}
	}
	answer, err := d.ReportPromises(manager, &ticketsv1.ReportPromisesRequest{From: "2025-03-24", Until: "2025-03-24"})
	must(t, err)
	first := answer.GetLines()[0]
	if first.GetArrival().GetKept() != 1 || first.GetFinished() != 1 || first.GetT3P50Seconds() != 20*60 {
		t.Errorf("anna's ticket is told as %v", first)
	}
	if last := answer.GetLines()[3]; last.GetDistrictId() != "east" || last.GetCategoryName().GetZh() != "水管水暖" {
		t.Errorf("the last line is %v", last)
	}
	for _, days := range [][2]string{{"2025-03-25", "2025-03-24"}, {"2025-02-01", "2025-03-24"}, {"2025-02-30", ""}, {"", "2025-13-01"}} {
		_, err := d.ReportPromises(manager, &ticketsv1.ReportPromisesRequest{From: days[0], Until: days[1]})
		refused(t, err, errReportDays)
	}
}
