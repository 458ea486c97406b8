package tickets

import (
	"context"
	"time"

	"github.com/linlihub/linli/libs/store"
	ticketsv1 "github.com/linlihub/linli/proto/gen/linli/tickets/v1"
	"github.com/linlihub/linli/services/tickets/policy"
	"github.com/linlihub/linli/services/tickets/report"
	rows "github.com/linlihub/linli/services/tickets/store"
)

const (
	longestReport = 31 // days
	usualReport   = 7
	reportPage    = 500 // tickets in memory at a time
)

// ReportPromises tells how promises were kept. It reads the tickets as they stand now, page by page.
func (d *Desk) ReportPromises(ctx context.Context, req *ticketsv1.ReportPromisesRequest) (*ticketsv1.PromiseReport, error) {
	now := d.clock.Now()
	from, until, err := reportDays(req.GetFrom(), req.GetUntil(), now)
	if err != nil {
		return nil, err
	}
	search := rows.Search{DistrictID: req.GetDistrictId(), From: from.Start(), To: until.Next().Start(), Limit: reportPage}
	scope(&search, viewer(ctx))
	tally, err := read(ctx, d.db, func(ctx context.Context, tx *store.Tx) (t report.Tally, err error) {
		return t, d.count(ctx, tx, &t, search, now)
	})
	if err != nil {
		return nil, err
	}
	return toProtoReport(from, until, tally.Lines()), nil
}

func (d *Desk) count(ctx context.Context, tx *store.Tx, t *report.Tally, search rows.Search, now time.Time) error {
	for {
		found, next, err := d.rows.Find(ctx, tx, search)
		if err != nil {
			return err
		}
		for _, s := range found {
			pinned, err := d.policies.Get(s.Policy)
			if err != nil {
				return err
			}
			t.Add(&s, s.Clocks(pinned, now))
		}
		if search.Before = next; next == "" {
			return nil
		}
	}
}

// reportDays reads the days of a report. One that is not told follows from the other.
func reportDays(from, until string, now time.Time) (first, last policy.Date, err error) {
	last = policy.DateOf(now)
	if until != "" {
		if last, err = policy.ParseDate(until); err != nil {
			return first, last, errReportDays.With("days", longestReport).Wrap(err)
		}
	}
	first = policy.DateOf(last.Start().AddDate(0, 0, 1-usualReport))
	if from != "" {
		if first, err = policy.ParseDate(from); err != nil {
			return first, last, errReportDays.With("days", longestReport).Wrap(err)
		}
	}
	if days := last.Next().Start().Sub(first.Start()); days <= 0 || days > longestReport*24*time.Hour {
		return first, last, errReportDays.With("days", longestReport)
	}
	return first, last, nil
}

func toProtoReport(from, until policy.Date, lines []*report.Line) *ticketsv1.PromiseReport {
	answer := &ticketsv1.PromiseReport{From: from.String(), Until: until.String()}
	for _, l := range lines {
		answer.Lines = append(answer.Lines, toProtoLine(l))
	}
	return answer
}

func toProtoLine(l *report.Line) *ticketsv1.PromiseReport_Line {
	line := &ticketsv1.PromiseReport_Line{
		DistrictId: l.District, Category: string(l.Category),
		Opened: int32(l.Opened), Finished: int32(l.Finished), Cancelled: int32(l.Cancelled), Returned: int32(l.Returned), //nolint:gosec // tickets of a month
		Response: toProtoPromise(l.Response), Arrival: toProtoPromise(l.Arrival), Resolution: toProtoPromise(l.Resolution),
		T3P50Seconds: seconds(l.Wait(0.5)), T3P90Seconds: seconds(l.Wait(0.9)),
		Ratings: int32(l.Ratings), Stars: int32(l.Stars), //nolint:gosec // as above
	}
	if info, known := l.Category.Info(); known {
		line.CategoryName = toProtoText(info.ZH, info.EN)
	}
	return line
}

func toProtoPromise(p report.Promise) *ticketsv1.PromiseReport_Promise {
	return &ticketsv1.PromiseReport_Promise{Due: int32(p.Due), Kept: int32(p.Kept)} //nolint:gosec // promises of a month
}
