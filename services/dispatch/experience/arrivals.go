package experience

import (
	"cmp"
	"maps"
	"slices"
	"time"
)

// Arrival is a ticket that was opened, or came back.
type Arrival struct {
	Category, Skill string
	Priority        int // 1 to 4
	At              time.Time
	Promised        time.Duration // from opening to the promised time; zero: no promise
	Standard        time.Duration
	Lat, Lon        float64 // 0, 0: not known
	Community       string
}

// present is the hour that goes on, and what came in the two hours before it.
type present struct {
	Hour   time.Time             `json:"hour"`   // when it began
	Counts map[string][4]float64 `json:"counts"` // by category and priority
	Before float64               `json:"before"` // all that came in the last hour
	Last   time.Time             `json:"last"`   // when the last one came
	Places []Spot                `json:"places,omitempty"`
}

// Spot is where a ticket came from, kept to draw places of a day that is imagined.
type Spot struct {
	Lat       float64 `json:"lat"`
	Lon       float64 `json:"lon"`
	Community string  `json:"community,omitempty"`
}

// spots is how many places are remembered.
const spots = 48

// past is what came in the hours that are over, by category. Old days fade: a day counts for half after some weeks.
type past struct {
	Seen  [2][24]float64   `json:"seen"` // how often each hour was seen, on workdays and at weekends
	Kinds map[string]*Kind `json:"kinds"`
}

// Kind is a category of tickets: how many came in each hour, and what such a ticket is.
type Kind struct {
	Hours      [2][24]float64   `json:"hours"`
	Skill      string           `json:"skill"`
	Priorities [4]float64       `json:"priorities"`
	Promised   [4]time.Duration `json:"promised"`
	Standard   time.Duration    `json:"standard"`
}

// fading is what is left of an hour's weight when the same hour of another day is over: half after 23 of them.
const fading = .97

// longest is how many hours are looked at one by one after a silence; it is enough for every hour to be seen to be still.
const longest = 60 * 24

// Arrived counts a ticket.
func (e *Experience) Arrived(a Arrival) {
	e.advance(a.At)
	hour := hourOf(a.At)
	k := e.past.Kinds[a.Category]
	if k == nil {
		k = &Kind{}
		e.past.Kinds[a.Category] = k
		e.dirty[partPast] = true
	}
	e.describe(k, a)
	e.now.Last = later(e.now.Last, a.At)
	if hour.Equal(e.now.Hour) {
		classes := e.now.Counts[a.Category]
		classes[class(a.Priority)]++
		e.now.Counts[a.Category] = classes
	} else { // told late: its hour is over
		day, h := slot(hour)
		k.Hours[day][h]++
		k.Priorities[class(a.Priority)]++
		e.dirty[partPast] = true
	}
	if a.Lat != 0 || a.Lon != 0 {
		e.now.Places = append(e.now.Places, Spot{a.Lat, a.Lon, a.Community})
		e.now.Places = e.now.Places[max(0, len(e.now.Places)-spots):]
	}
	e.dirty[partNow] = true
}

// describe notes what tickets of a kind are. It seldom changes.
func (e *Experience) describe(k *Kind, a Arrival) {
	before := *k
	k.Skill, k.Promised[class(a.Priority)], k.Standard = a.Skill, a.Promised, cmp.Or(a.Standard, k.Standard)
	if *k != before {
		e.dirty[partPast] = true
	}
}

func class(priority int) int { return min(max(priority, 1), 4) - 1 }

// advance closes the hours that are over. An earlier time changes nothing.
func (e *Experience) advance(at time.Time) {
	hour := hourOf(at)
	if e.now.Hour.IsZero() {
		e.now.Hour = hour
	}
	if silent := int(hour.Sub(e.now.Hour).Hours()); silent > longest {
		e.close()
		e.now.Hour = hour.Add(-longest * time.Hour)
	}
	for e.now.Hour.Before(hour) {
		e.close()
	}
}

// close adds the present hour to the past and begins the next.
func (e *Experience) close() {
	day, h := slot(e.now.Hour)
	e.past.Seen[day][h] = e.past.Seen[day][h]*fading + 1
	for _, name := range slices.Sorted(maps.Keys(e.past.Kinds)) {
		k := e.past.Kinds[name]
		came := e.now.Counts[name]
		k.Hours[day][h] = k.Hours[day][h]*fading + count(came)
		for c := range came {
			k.Priorities[c] += came[c]
		}
	}
	e.now.Before = total(e.now.Counts)
	e.now.Hour, e.now.Counts = e.now.Hour.Add(time.Hour), map[string][4]float64{}
	e.dirty[partNow], e.dirty[partPast] = true, true
}

// total adds in the order of names: sums of floats depend on it.
func total(counts map[string][4]float64) (sum float64) {
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		sum += count(counts[name])
	}
	return sum
}

func count(classes [4]float64) float64 { return classes[0] + classes[1] + classes[2] + classes[3] }

func hourOf(t time.Time) time.Time { return t.UTC().Truncate(time.Hour) }

// slot is the kind of day, workday or weekend, and the hour of an hour in China.
func slot(hour time.Time) (day, h int) {
	local := hour.In(zone)
	if d := local.Weekday(); d == time.Saturday || d == time.Sunday {
		day = 1
	}
	return day, local.Hour()
}

// clone is for looking ahead: what is done to it leaves the original as it is.
func (e *Experience) clone() *Experience {
	c := &Experience{now: e.now, past: past{Seen: e.past.Seen, Kinds: make(map[string]*Kind, len(e.past.Kinds))}, pace: e.pace, dirty: map[string]bool{}}
	c.now.Counts = maps.Clone(e.now.Counts)
	for name, k := range e.past.Kinds {
		copied := *k
		c.past.Kinds[name] = &copied
	}
	return c
}
