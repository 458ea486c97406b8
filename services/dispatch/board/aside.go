package board

import (
	"github.com/linlihub/linli/libs/fault"
	"github.com/linlihub/linli/services/dispatch/plan"
)

// ErrSetAside says that what is known of a ticket cannot be, so nobody can be sent.
var ErrSetAside = fault.Define(fault.Unprocessable, "dispatch.set_aside", "工单信息有误，已搁置：{why}", "the ticket is set aside: {why}")

// setAside checks a job as it comes in. One that cannot be planned is kept and shown; a place that is none is forgotten, for it
// could not even be saved.
func (j *JobRow) setAside() {
	if j.Aside = j.Check(); j.Aside != nil && !j.Place.Known() {
		j.Place.Lat, j.Place.Lon = 0, 0
	}
}

func (t *TechnicianRow) setAside() {
	if t.Aside = t.Check(); t.Aside != nil && !t.At.Known() {
		t.At.Lat, t.At.Lon = 0, 0
	}
}

// plannable says that a job waits and can be planned.
func (j *JobRow) plannable() bool { return j.VisitID == "" && !j.Closed && j.Aside == nil }

// asideFault is what a dispatcher hears who wants to send somebody all the same.
func asideFault(f *plan.Flaw) error { return ErrSetAside.With("why", f.ZH+" / "+f.EN) }
