package policy

import (
	"fmt"
	"time"
)

// longest bounds a target and a waiting time: more than a year is a typing error.
const longest = 366 * 24 * time.Hour

// check refuses what a clock, a sweeper or a resident could not live with. The calendar has checked itself.
func (p *Policy) check() error {
	for _, problem := range []string{p.checkName(), p.checkTargets(), p.checkEscalation(), p.checkWaits()} {
		if problem != "" {
			return ErrInvalid.With("reason", problem)
		}
	}
	return nil
}

func (p *Policy) checkName() string {
	switch {
	case p.ID == "" || p.Version < 1:
		return "id or version is missing"
	case p.Citation == "":
		return "a promise needs a citation"
	}
	return ""
}

func (p *Policy) checkTargets() string {
	for _, priority := range priorities {
		t := p.Target(priority)
		switch {
		case t.Response <= 0 || t.Response > t.Arrival || t.Arrival > t.Resolution || t.Resolution > longest:
			return fmt.Sprintf("targets of %s are not 0 < response ≤ arrival ≤ resolution ≤ a year", priority)
		case priority.Emergency() && !t.RoundTheClock:
			return fmt.Sprintf("%s must run round the clock", priority)
		}
	}
	return ""
}

func (p *Policy) checkEscalation() string {
	last := 0
	for _, s := range p.Escalation {
		switch {
		case s.Percent <= last || s.Percent > 1000:
			return "escalation levels do not rise"
		case s.Tell != Dispatcher && s.Tell != Manager && s.Tell != DutyLead:
			return fmt.Sprintf("no role %q to tell", s.Tell)
		}
		last = s.Percent
	}
	return ""
}

func (p *Policy) checkWaits() string {
	for _, wait := range []time.Duration{p.AutoCloseAfter, p.ReopenWithin, p.RateWithin, p.RatingEditWithin, p.UrgeEvery} {
		if wait <= 0 || wait > longest {
			return "a waiting time is missing or longer than a year"
		}
	}
	if p.Limits.PerDay < 1 || p.Limits.Identical < 1 {
		return "limits let nobody open a ticket"
	}
	return ""
}
