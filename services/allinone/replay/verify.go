package replay

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/linlihub/linli/libs/fault"
	ticketsv1 "github.com/linlihub/linli/proto/gen/linli/tickets/v1"
)

// found are the tickets of this replay as the server knows them in the end.
type found struct {
	tickets map[string]*ticketsv1.Ticket
	marks   map[string]int // how many tickets a row has
	names   map[string]*ticketsv1.Category
}

// find reads every ticket of the replay back through the API: whatever was answered with success must be there, once.
func (r *run) find(ctx context.Context) (found, error) {
	tickets := ticketsv1.NewTicketsClient(r.director)
	f := found{tickets: map[string]*ticketsv1.Ticket{}, marks: map[string]int{}, names: map[string]*ticketsv1.Category{}}
	for _, d := range r.register.Districts {
		if err := r.findIn(ctx, tickets, d.GetId(), f); err != nil {
			return f, fmt.Errorf("list tickets of %s: %w", d.GetId(), err)
		}
	}
	for id := range r.tally.cases { // a list may be cut short, an id may not
		if f.tickets[id] != nil {
			continue
		}
		ticket, err := tickets.Get(ctx, &ticketsv1.GetRequest{Id: id})
		if err != nil && fault.KindOf(err) != fault.NotFound {
			return f, fmt.Errorf("look for ticket %s: %w", id, err)
		}
		if err == nil {
			f.tickets[id] = ticket
		}
	}
	answer, err := tickets.ListCategories(ctx, &ticketsv1.ListCategoriesRequest{})
	for _, c := range answer.GetCategories() {
		f.names[c.GetCode()] = c
	}
	return f, err
}

// findIn pages through a district, newest first, back to the beginning of the replay.
func (r *run) findIn(ctx context.Context, tickets ticketsv1.TicketsClient, district string, f found) error {
	request := &ticketsv1.ListRequest{DistrictId: district, PageSize: 200}
	for {
		page, err := tickets.List(ctx, request)
		if err != nil {
			return err
		}
		for _, ticket := range page.GetTickets() {
			if ticket.GetOpenedAt().AsTime().Before(r.began.Add(-time.Minute)) {
				return nil
			}
			if mark, ours := r.markIn(ticket.GetWords()); ours {
				f.tickets[ticket.GetId()] = ticket
				f.marks[mark]++
			}
		}
		if request.PageToken = page.GetNextPageToken(); request.PageToken == "" {
			return nil
		}
	}
}

// markIn finds the mark that words of ours carry at their end.
func (r *run) markIn(words string) (string, bool) {
	_, mark, ok := cutLast(words, "（311 #")
	mark, closed := strings.CutSuffix(mark, "/"+r.id+"）")
	return mark, ok && closed
}

func cutLast(text, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(text, sep); i >= 0 {
		return text[:i], text[i+len(sep):], true
	}
	return text, "", false
}

// report sums up what was found.
func (r *run) report(f found) Report {
	t := r.tally
	report := Report{
		Read: r.Sheet.Read(), Skipped: len(r.Sheet.Skipped), Opened: t.answered, Refused: len(t.refused), Declined: t.declined, Absent: t.absent, Followed: t.followed,
		SkippedRows: orEmpty(r.Sheet.Skipped), RefusedRows: orEmpty(t.refused), LostTickets: []string{},
		Speed: r.clock.Speed(), Began: r.began.In(Zone), Ended: r.clock.Now().In(Zone),
		Remarks: append([]Remark{source}, r.remarks...),
	}
	var t1ms []float64
	byCategory, byHour := newGroups(), newGroups()
	for id, c := range t.cases {
		ticket := f.tickets[id]
		if ticket == nil || !ended(ticket.GetState()) {
			report.LostTickets = append(report.LostTickets, id)
		}
		if at, ok := t.assigned[id]; ok {
			t1ms = append(t1ms, float64(at.Sub(c.posted).Microseconds())/1000)
		}
		report.Returned += c.returned
		if c.stars > 0 {
			report.Rated++
			report.Stars[c.stars-1]++
		}
		if ticket == nil {
			continue
		}
		hour := ticket.GetOpenedAt().AsTime().In(Zone).Format("15")
		byCategory.add(ticket.GetCategory(), f.names[ticket.GetCategory()].GetName(), ticket)
		byHour.add(hour, nil, ticket)
	}
	for _, n := range f.marks {
		report.Doubled += n - 1
	}
	slices.Sort(report.LostTickets)
	report.Lost = len(report.LostTickets) + t.answered - len(t.cases)
	report.T1ms = Measure(t1ms)
	all := byHour.all()
	report.Assigned, report.Finished, report.Cancelled = all.assigned, all.finished, all.cancelled
	report.T1s, report.T2s, report.T3s = Measure(all.t1), Measure(all.t2), Measure(all.t3)
	report.OnTimeShare = share(all.onTime, all.due)
	report.ByCategory, report.ByHour = byCategory.groups(), byHour.groups()
	return report
}

func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
