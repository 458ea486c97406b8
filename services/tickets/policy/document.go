package policy

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"time"
)

// The document types are the JSON form; people write it, so every name is spelt out and an unknown name is an error.
type (
	document struct {
		Calendars []calendarDoc `json:"calendars"`
		Policies  []policyDoc   `json:"policies"`
	}
	calendarDoc struct {
		ID       string              `json:"id"`
		Week     map[string][]Window `json:"week"`
		MakeUpAs string              `json:"make_up_as"`
		Years    []yearDoc           `json:"years"`
	}
	yearDoc struct {
		Year     int          `json:"year"`
		Citation string       `json:"citation"`
		Holidays []holidayDoc `json:"holidays"`
		MakeUps  []Date       `json:"make_up_workdays"`
	}
	holidayDoc struct {
		Name string `json:"name"`
		From Date   `json:"from"`
		To   Date   `json:"to"`
	}
	policyDoc struct {
		ID               string                 `json:"id"`
		Version          int                    `json:"version"`
		Citation         string                 `json:"citation"`
		ValidFrom        Date                   `json:"valid_from"`
		Calendar         string                 `json:"calendar"`
		Targets          map[Priority]targetDoc `json:"targets"`
		Escalation       []stepDoc              `json:"escalation"`
		Limits           limitsDoc              `json:"limits"`
		AutoCloseAfter   span                   `json:"auto_close_after"`
		ReopenWithin     span                   `json:"reopen_within"`
		RateWithin       span                   `json:"rate_within"`
		RatingEditWithin span                   `json:"rating_edit_within"`
		UrgeEvery        span                   `json:"urge_every"`
		Crews            map[string]crewDoc     `json:"crews"`
	}
	crewDoc struct {
		Hands  *int   `json:"hands"`
		Second string `json:"second"`
	}
	targetDoc struct {
		Response      span `json:"response"`
		Arrival       span `json:"arrival"`
		Resolution    span `json:"resolution"`
		RoundTheClock bool `json:"round_the_clock"`
	}
	stepDoc struct {
		Percent   int  `json:"percent"`
		Tell      Role `json:"tell"`
		Apologise bool `json:"apologise"`
	}
	limitsDoc struct {
		PerDay    int `json:"per_day"`
		Identical int `json:"identical"`
	}
)

// span is a duration written as in Go: "30m", "72h".
type span time.Duration

func (s *span) UnmarshalText(text []byte) error {
	d, err := time.ParseDuration(string(text))
	*s = span(d)
	return err
}

// Parse reads a book from JSON; policies.json is the example. It checks everything a clock relies on, and names what is
// wrong, so that a bad policy stops the start of the service and not a ticket.
func Parse(data []byte) (*Book, error) {
	var doc document
	reader := json.NewDecoder(bytes.NewReader(data))
	reader.DisallowUnknownFields()
	if err := reader.Decode(&doc); err != nil {
		return nil, ErrInvalid.With("reason", err).Wrap(err)
	}
	if _, err := reader.Token(); err != io.EOF {
		return nil, ErrInvalid.With("reason", "text after the end")
	}
	return doc.build()
}

func (d document) build() (*Book, error) {
	calendars := map[string]Calendar{}
	for _, c := range d.Calendars {
		calendar, err := c.build()
		if err != nil {
			return nil, fmt.Errorf("calendar %q: %w", c.ID, err)
		}
		if _, taken := calendars[c.ID]; taken {
			return nil, ErrInvalid.With("reason", fmt.Sprintf("calendar %q is given twice", c.ID))
		}
		calendars[c.ID] = calendar
	}
	policies := make([]*Policy, 0, len(d.Policies))
	for _, p := range d.Policies {
		calendar, known := calendars[p.Calendar]
		if !known {
			return nil, ErrInvalid.With("reason", fmt.Sprintf("no calendar %q", p.Calendar))
		}
		policy, err := p.build(calendar)
		if err != nil {
			return nil, fmt.Errorf("policy %s: %w", Ref{p.ID, p.Version}, err)
		}
		policies = append(policies, policy)
	}
	return newBook(policies)
}

var weekdays = map[string]time.Weekday{
	"mon": time.Monday, "tue": time.Tuesday, "wed": time.Wednesday, "thu": time.Thursday,
	"fri": time.Friday, "sat": time.Saturday, "sun": time.Sunday,
}

func (c calendarDoc) build() (Calendar, error) {
	var week Week
	for name, windows := range c.Week {
		day, known := weekdays[name]
		if !known {
			return Calendar{}, ErrInvalid.With("reason", fmt.Sprintf("no weekday %q", name))
		}
		week[day] = windows
	}
	var holidays []Date
	var makeUps []MakeUp
	for _, y := range c.Years {
		off, err := y.days()
		if err != nil {
			return Calendar{}, err
		}
		holidays = append(holidays, off...)
		for _, date := range y.MakeUps {
			as, known := weekdays[c.MakeUpAs]
			if !known || date.Year != y.Year {
				return Calendar{}, ErrInvalid.With("reason", fmt.Sprintf("make-up workday %s is not of %d, or make_up_as is no weekday", date, y.Year))
			}
			makeUps = append(makeUps, MakeUp{date, as})
		}
	}
	return NewCalendar(week, holidays, makeUps)
}

// days spells out the holidays of a year; each stretch lies in that year and has at most a month, against typing errors.
func (y yearDoc) days() ([]Date, error) {
	if y.Citation == "" {
		return nil, ErrInvalid.With("reason", fmt.Sprintf("the holidays of %d have no citation", y.Year))
	}
	var days []Date
	for _, h := range y.Holidays {
		length := h.To.number() - h.From.number()
		if h.From.Year != y.Year || h.To.Year != y.Year || length < 0 || length > 30 {
			return nil, ErrInvalid.With("reason", fmt.Sprintf("%s from %s to %s is no holiday of %d", h.Name, h.From, h.To, y.Year))
		}
		for d := h.From; d != h.To.Next(); d = d.Next() {
			days = append(days, d)
		}
	}
	return days, nil
}

func (p policyDoc) build(calendar Calendar) (*Policy, error) {
	policy := &Policy{
		Ref: Ref{p.ID, p.Version}, Citation: p.Citation, ValidFrom: p.ValidFrom.Start(), Calendar: calendar,
		Limits:           Limits(p.Limits),
		AutoCloseAfter:   time.Duration(p.AutoCloseAfter),
		ReopenWithin:     time.Duration(p.ReopenWithin),
		RateWithin:       time.Duration(p.RateWithin),
		RatingEditWithin: time.Duration(p.RatingEditWithin),
		UrgeEvery:        time.Duration(p.UrgeEvery),
	}
	for _, s := range p.Escalation {
		policy.Escalation = append(policy.Escalation, Step(s))
	}
	for priority, t := range p.Targets {
		if !priority.Valid() {
			return nil, ErrInvalid.With("reason", fmt.Sprintf("no priority %q", priority))
		}
		policy.targets[priority.index()] = Target{
			time.Duration(t.Response), time.Duration(t.Arrival), time.Duration(t.Resolution), t.RoundTheClock,
		}
	}
	var err error
	if policy.Crews, err = p.crews(); err != nil {
		return nil, err
	}
	return policy, policy.check()
}
