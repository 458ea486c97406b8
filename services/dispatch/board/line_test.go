package board

import (
	"testing"
	"time"
)

// An emergency is behind work that has not ended, and nothing else waits: whoever comes on duty takes it over.
func TestAnEmergencyInLineIsTakenOverThoughNothingWaits(t *testing.T) {
	b := district("liu")
	leak := opened(t, b, ticket("leak"))
	must(t, b.Accept(leak.ID, "liu", now))
	must(t, b.Depart(leak.ID, "liu", now))
	must(t, b.Arrive(leak.ID, "liu", now))
	gas := opened(t, b, ticket("gas", urgent))
	must(t, b.Accept(gas.ID, "liu", now))
	if later := now.Add(restEvery); !b.Restless(later) {
		t.Error("the board rests while an emergency is behind other work")
	}
	b.TechnicianChanged(technician("wang"), now.Add(time.Minute))
	b.DutyStarted("wang", here, time.Time{}, time.Time{}, now.Add(time.Minute))
	if v := b.visitOf("gas"); v == nil || v.Staff != "wang" || gas.State != Withdrawn {
		t.Errorf("gas: %+v", v)
	}
}
