package dispatch

import (
	"errors"
	"testing"
	"time"

	"github.com/linlihub/linli/libs/fault"
	dispatchv1 "github.com/linlihub/linli/proto/gen/linli/dispatch/v1"
)

// asked is a Saturday morning with fewer people.
func asked(fewer int32) *dispatchv1.WhatIfRequest {
	return &dispatchv1.WhatIfRequest{DistrictId: "east", Day: "2025-03-29", FromHour: 8, ToHour: 12, Skill: "plumbing", Fewer: fewer}
}

// busy is a desk that has seen six leaks an hour for a day and a half.
func busy(t *testing.T, staff ...string) (*desk, *Boards) {
	t.Helper()
	d := newDesk(t, staff...)
	for range 36 {
		for range 6 {
			d.opened(string(rune('a'+d.told%26)) + time.Duration(d.told).String())
		}
		d.clock.Advance(time.Hour)
	}
	return d, &Boards{desk: d.Desk}
}

func TestWhatIf_FewerPeopleBesideTheSameDay(t *testing.T) {
	d, boards := busy(t, "liu", "wang", "zhao", "qian", "sun", "li")
	answer, err := boards.WhatIf(d.as("east"), asked(4))
	must(t, err)
	today, changed := answer.GetToday(), answer.GetChanged()
	if today.GetTickets() != changed.GetTickets() || today.GetTickets() < 10 || len(today.GetHours()) != 4 || len(answer.GetAway()) != 4 {
		t.Fatalf("%+v", answer)
	}
	if changed.GetHours()[3].GetWaitMeanSeconds() <= today.GetHours()[3].GetWaitMeanSeconds() || len(changed.GetLoads()) != 2 ||
		changed.GetLoads()[0].GetBusyShare() <= today.GetLoads()[0].GetBusyShare() || changed.GetLoads()[0].GetName() == "" {
		t.Errorf("today %+v\nchanged %+v", today, changed)
	}
	more, err := boards.WhatIf(d.as("east"), asked(-2))
	must(t, err)
	if len(more.GetChanged().GetLoads()) != 8 || len(more.GetAway()) != 0 {
		t.Errorf("two more: %+v", more)
	}
}

func TestWhatIf_Refuses(t *testing.T) {
	d := newDesk(t, "liu")
	boards := &Boards{desk: d.Desk}
	for name, c := range map[string]struct {
		as     string
		change func(*dispatchv1.WhatIfRequest)
		want   error
	}{
		"another district":      {"west", func(*dispatchv1.WhatIfRequest) {}, fault.NotFound},
		"hours that end first":  {"east", func(r *dispatchv1.WhatIfRequest) { r.ToHour = 8 }, errHours},
		"a day that is none":    {"east", func(r *dispatchv1.WhatIfRequest) { r.Day = "2025-02-30" }, errDay},
		"more than there are":   {"east", func(r *dispatchv1.WhatIfRequest) { r.Fewer = 2 }, errTooFew},
		"newcomers like nobody": {"east", func(r *dispatchv1.WhatIfRequest) { r.Skill, r.Fewer = "gas", -1 }, errTooFew},
	} {
		req := asked(1)
		c.change(req)
		if _, err := boards.WhatIf(d.as(c.as), req); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestBoard_ShowsWhatIsSetAside(t *testing.T) {
	d := newDesk(t, "liu")
	bad := d.ticket("leak")
	bad.StandardMinutes = -5
	must(t, d.onTicketOpened(t.Context(), d.message(), bad))
	shown, err := (&Boards{desk: d.Desk}).Get(d.as("east"), &dispatchv1.GetBoardRequest{DistrictId: "east"})
	must(t, err)
	if len(shown.GetWaiting()) != 1 || shown.GetWaiting()[0].GetSetAside().GetEn() != "standard_minutes is negative" || shown.GetAccuracy() == nil {
		t.Errorf("%+v", shown)
	}
}
