package world

import (
	"time"

	"github.com/linlihub/linli/services/dispatch/experience"
	"github.com/linlihub/linli/services/dispatch/plan"
)

// expected is the forecast: the true one, or what a board has learned by now.
func (w *world) expected() *plan.Forecast {
	if w.lessons == nil {
		return w.forecast
	}
	return w.lessons.Forecast(instant(w.now))
}

// learn lets the board, if one learns, see a ticket that was opened.
func (w *world) learn(ticket int) {
	if w.lessons != nil {
		w.lessons.Arrived(arrival(&w.jobs[ticket], instant(w.now)))
	}
}

// former is what a board has learned on the days before: days like this one, and unlike it in all that is drawn.
func former(s Spec) *experience.Experience {
	const apart = 1000 // seeds of days that nobody measures
	e := experience.New()
	for ago := s.Learned - 1; ago > 0; ago-- {
		before := s
		before.Seed += apart * uint64(ago)
		d := Make(before)
		for i := range d.Tickets {
			j := d.Tickets[i].Job(s.PromiseInSecs)
			e.Arrived(arrival(&j, instant(d.Tickets[i].Opened).AddDate(0, 0, -ago)))
		}
	}
	return e
}

func arrival(j *plan.Job, at time.Time) experience.Arrival {
	return experience.Arrival{
		Category: j.Skill, Skill: j.Skill, Priority: int(j.Priority), At: at, Promised: j.Due.Sub(j.Opened), Standard: j.Standard,
		Lat: j.Place.Lat, Lon: j.Place.Lon,
	}
}
