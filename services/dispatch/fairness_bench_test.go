package dispatch

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/linlihub/linli/libs/authz"
	"github.com/linlihub/linli/libs/clock"
	"github.com/linlihub/linli/libs/outbox"
	"github.com/linlihub/linli/libs/store"
	"github.com/linlihub/linli/libs/store/storetest"
	dispatchv1 "github.com/linlihub/linli/proto/gen/linli/dispatch/v1"
	"github.com/linlihub/linli/services/dispatch/board"
	"github.com/linlihub/linli/services/dispatch/plan"
)

// BenchmarkLoads asks for the loads of 50 technicians with 12 visits a day, who have worked for 30 days.
func BenchmarkLoads(b *testing.B) {
	const staff, days, visits = 50, 30, 12
	db := storetest.Open(b, storetest.SQLite(b))
	if err := db.Migrate(b.Context(), migrations, "dispatch"); err != nil {
		b.Fatal(err)
	}
	if _, err := outbox.Open(b.Context(), db, outbox.Config{Source: "dispatch"}); err != nil {
		b.Fatal(err)
	}
	err := db.Write(b.Context(), func(ctx context.Context, tx *store.Tx) error {
		for s := range staff {
			if err := history(ctx, tx, fmt.Sprintf("staff-%02d", s), days*visits, 24*time.Hour/visits); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	d := replica(db, clock.NewFake(start))
	ctx := authz.With(b.Context(), authz.Principal{Account: "staff:admin", Staff: "staff-07", Roles: []authz.Role{authz.Admin}}, "")
	b.Run("manager", func(b *testing.B) {
		for b.Loop() {
			loads, err := (&Boards{desk: d}).ListLoads(ctx, &dispatchv1.ListLoadsRequest{DistrictId: "east"})
			if err != nil || len(loads.GetLoads()) != staff || loads.GetLoads()[0].GetWeek().GetJobs() == 0 {
				b.Fatal(loads, err)
			}
		}
	})
	b.Run("technician", func(b *testing.B) {
		for b.Loop() {
			day, err := d.GetDay(ctx, &dispatchv1.GetDayRequest{})
			if err != nil || day.GetLoads()[0].GetLoads()[0].GetWeek().GetJobs() == 0 {
				b.Fatal(day, err)
			}
		}
	})
}

// history writes what a technician did, one visit after another back from the start.
func history(ctx context.Context, tx *store.Tx, staff string, visits int, every time.Duration) error {
	put := func(row any, query string, args ...any) error {
		data, err := json.Marshal(row)
		if err == nil {
			_, err = tx.Exec(ctx, query, append([]any{string(data)}, args...)...)
		}
		return err
	}
	row := board.TechnicianRow{Name: staff, Technician: plan.Technician{ID: staff, Districts: []string{"east"}}}
	err := put(row, `INSERT INTO dispatch_technician (data, district_id, id) VALUES (?, ?, ?)`, "east", staff)
	for n := range visits {
		id, end := fmt.Sprintf("%s-%d", staff, n), start.Add(-time.Duration(n)*every)
		j := board.JobRow{Job: plan.Job{ID: id, District: "east"}, Number: id, Address: "春晓苑 3栋 2单元 0501", Closed: true}
		v := board.VisitRow{
			ID: id, JobID: id, Staff: staff, State: board.Finished, Offered: end.Add(-2 * time.Hour), DepartedAt: end.Add(-time.Hour),
			ArrivedAt: end.Add(-40 * time.Minute), EndedAt: end, Way: float64(n), Asked: []board.OfferRow{{Staff: staff, Offered: end, Outcome: board.OfferAccepted}},
		}
		err = errors.Join(err,
			put(j, `INSERT INTO dispatch_job (data, id, district_id, closed) VALUES (?, ?, 'east', ?)`, id, true),
			put(v, `INSERT INTO dispatch_visit (data, id, district_id, job_id, staff_id, open, offered_at) VALUES (?, ?, 'east', ?, ?, ?, ?)`,
				id, id, staff, false, store.Micros(v.Offered)))
	}
	return err
}
