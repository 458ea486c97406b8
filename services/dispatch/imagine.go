package dispatch

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/linlihub/linli/libs/authz"
	"github.com/linlihub/linli/libs/fault"
	"github.com/linlihub/linli/libs/store"
	dispatchv1 "github.com/linlihub/linli/proto/gen/linli/dispatch/v1"
	"github.com/linlihub/linli/services/dispatch/board"
	"github.com/linlihub/linli/services/dispatch/plan"
	"github.com/linlihub/linli/services/dispatch/whatif"
)

var (
	errHours  = fault.Define(fault.Invalid, "dispatch.what_if_hours", "结束时间必须晚于开始时间", "the hours must end after they begin")
	errDay    = fault.Define(fault.Invalid, "dispatch.what_if_day", "日期 {day} 不存在", "there is no day {day}")
	errTooFew = fault.Define(fault.Unprocessable, "dispatch.what_if_too_few", "该片区只有 {have} 名这样的师傅", "the district has only {have} such technicians")
)

// china is where hours of a day are meant.
var china = time.FixedZone("Asia/Shanghai", 8*60*60)

// imaginedSeed makes the same question have the same answer.
const imaginedSeed = 20260307

// WhatIf imagines some hours with other people. All technicians of the district are thought to be on duty, less those away.
func (b *Boards) WhatIf(ctx context.Context, req *dispatchv1.WhatIfRequest) (*dispatchv1.WhatIfResponse, error) {
	if !authz.From(ctx).Reaches(req.GetDistrictId()) {
		return nil, fault.NotFound
	}
	begin, hours, err := askedHours(req)
	if err != nil {
		return nil, err
	}
	known, err := read(ctx, b.desk.db, func(ctx context.Context, tx *store.Tx) (*board.Board, error) {
		return b.desk.rows.Load(ctx, tx, req.GetDistrictId())
	})
	if err != nil {
		return nil, err
	}
	now := known.Case(begin, hours, b.desk.clock.Now())
	now.Seed = imaginedSeed
	changed := now
	crew, away, err := without(now.Crew, req.GetSkill(), int(req.GetFewer()))
	if err != nil {
		return nil, err
	}
	changed.Crew = crew
	names := map[string]string{}
	for _, t := range known.Technicians() {
		names[t.ID] = t.Name
	}
	today := whatif.Imagine(now)
	answer := &dispatchv1.WhatIfResponse{
		Today: toProtoImagined(today, names), Changed: toProtoImagined(whatif.Imagine(changed), names),
		Days: known.Experience().Days(), Runs: int32(today.Runs), //nolint:gosec // a few
	}
	for _, id := range away {
		answer.Away = append(answer.Away, cmp.Or(names[id], id))
	}
	return answer, nil
}

func askedHours(req *dispatchv1.WhatIfRequest) (begin time.Time, hours int, err error) {
	day, err := time.ParseInLocation(time.DateOnly, req.GetDay(), china)
	if err != nil {
		return begin, 0, errDay.With("day", req.GetDay()).Field("day", "日期不存在", "no such day")
	}
	if hours = int(req.GetToHour() - req.GetFromHour()); hours <= 0 {
		return begin, 0, errHours.Field("to_hour", "必须晚于 from_hour", "must be after from_hour")
	}
	return day.Add(time.Duration(req.GetFromHour()) * time.Hour), hours, nil
}

// without takes some technicians of a skill away, those first who can do least else; a negative number adds as many newcomers, who
// can do what the first of them can.
func without(crew []plan.Technician, skill string, fewer int) (left []plan.Technician, away []string, err error) {
	var able []plan.Technician
	for _, t := range crew {
		if skill == "" || slices.Contains(t.Skills, skill) {
			able = append(able, t)
		}
	}
	if fewer > len(able) || fewer < 0 && len(able) == 0 {
		return nil, nil, errTooFew.With("have", len(able)).Field("fewer", fmt.Sprintf("最多 %d", len(able)), fmt.Sprintf("at most %d", len(able)))
	}
	slices.SortStableFunc(able, func(a, b plan.Technician) int {
		return cmp.Or(cmp.Compare(len(a.Skills), len(b.Skills)), cmp.Compare(a.ID, b.ID))
	})
	for n := range -fewer {
		newcomer := able[0]
		newcomer.ID = fmt.Sprintf("+%d", n+1)
		crew = append(slices.Clone(crew), newcomer)
	}
	for _, t := range able[:max(0, fewer)] {
		away = append(away, t.ID)
	}
	for _, t := range crew {
		if !slices.Contains(away, t.ID) {
			left = append(left, t)
		}
	}
	return left, away, nil
}
