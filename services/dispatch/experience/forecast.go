package experience

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/linlihub/linli/services/dispatch/plan"
)

const (
	// ahead is how many hours a board looks ahead.
	ahead = 3
	// trust is how many days of an hour weigh as much as what is known of other hours.
	trust = .3
	// doubt is how many hours must have been seen for what came in them to be half believed: a few tickets are no forecast.
	doubt = 12
	// calm is how many tickets more or less are no sign that today is unlike other days.
	calm = 4
	// silence is how many tickets that were expected must have stayed away to be a sign.
	silence = 3
	// storm is how many times more than usual is believed at most.
	storm = 10
)

// Forecast answers what is expected to come in from now on. With no history it is what came in since the beginning; a day that
// begins unlike others is expected to go on like that for this hour and the next.
func (e *Experience) Forecast(now time.Time) *plan.Forecast {
	c := e
	if e.now.Hour.Before(hourOf(now)) {
		c = e.clone()
		c.advance(now)
	}
	begin := hourOf(now)
	f := &plan.Forecast{Begin: begin, Works: c.works(), Usual: c.usual()}
	for _, s := range c.now.Places {
		f.Places = append(f.Places, plan.Place{Lat: s.Lat, Lon: s.Lon, Community: s.Community})
	}
	level := c.level(now)
	for h := range ahead {
		factor := level
		if h >= 2 {
			factor = 1
		}
		f.Hours = append(f.Hours, c.bySkill(begin.Add(time.Duration(h)*time.Hour), now, factor))
	}
	return f
}

// Day answers what is expected in some hours of another day, as it usually is.
func (e *Experience) Day(begin time.Time, hours int, now time.Time) []map[string]float64 {
	c := e.clone()
	c.advance(now)
	var all []map[string]float64
	for h := range hours {
		byKind := map[string]float64{}
		for name, k := range c.past.Kinds {
			byKind[name] = c.expected(name, k, hourOf(begin).Add(time.Duration(h)*time.Hour), now)
		}
		all = append(all, byKind)
	}
	return all
}

// Kinds answers a copy of all that is known of the categories.
func (e *Experience) Kinds() map[string]Kind {
	all := make(map[string]Kind, len(e.past.Kinds))
	for name, k := range e.past.Kinds {
		all[name] = *k
	}
	return all
}

// Places answers where the last tickets came from.
func (e *Experience) Places() []Spot { return slices.Clone(e.now.Places) }

// Days answers how many days' worth of hours were seen.
func (e *Experience) Days() float64 { return e.seen() / 24 }

func (e *Experience) bySkill(hour, now time.Time, factor float64) map[string]float64 {
	sums := map[string]float64{}
	for _, name := range slices.Sorted(maps.Keys(e.past.Kinds)) {
		k := e.past.Kinds[name]
		sums[k.Skill] += factor * e.expected(name, k, hour, now)
	}
	return sums
}

// expected is the rate of a category in an hour. What is known of the hour on such days counts most, then the hour on all days,
// then the mean of all hours.
func (e *Experience) expected(name string, k *Kind, hour, now time.Time) float64 {
	day, h := slot(hour)
	sum := count(e.now.Counts[name])
	for d := range k.Hours {
		for _, n := range k.Hours[d] {
			sum += n
		}
	}
	going := max(0, min(1, now.Sub(e.now.Hour).Hours()))
	seen := e.seen() + going
	flat := sum / max(1, seen) * seen / (seen + doubt)
	both := (k.Hours[0][h] + k.Hours[1][h] + trust*flat) / (e.past.Seen[0][h] + e.past.Seen[1][h] + trust)
	return (k.Hours[day][h] + trust*both) / (e.past.Seen[day][h] + trust)
}

func (e *Experience) seen() (hours float64) {
	for d := range e.past.Seen {
		for _, n := range e.past.Seen[d] {
			hours += n
		}
	}
	return hours
}

// level is how today compares with what is usual, by what came in this hour and the last.
func (e *Experience) level(now time.Time) float64 {
	came := total(e.now.Counts) + e.now.Before
	usual := 0.
	going := max(0, min(1, now.Sub(e.now.Hour).Hours()))
	for _, name := range slices.Sorted(maps.Keys(e.past.Kinds)) {
		k := e.past.Kinds[name]
		usual += going*e.expected(name, k, e.now.Hour, now) + e.expected(name, k, e.now.Hour.Add(-time.Hour), now)
	}
	return e.believed(min(storm, (came+calm)/(usual+calm)), now)
}

// believed lowers a level that a silence contradicts: where more than three were expected and none came, fewer come now (the rule of
// three: Hanley and Lippman-Hand 1983).
func (e *Experience) believed(level float64, now time.Time) float64 {
	if e.now.Last.IsZero() {
		return level
	}
	missed := 0.
	for hour, end := e.now.Hour, now; e.now.Last.Before(end) && !hour.Before(e.now.Hour.Add(-time.Hour)); hour, end = hour.Add(-time.Hour), hour {
		silent := end.Sub(later(hour, e.now.Last)).Hours()
		for _, name := range slices.Sorted(maps.Keys(e.past.Kinds)) {
			missed += silent * level * e.expected(name, e.past.Kinds[name], hour, now)
		}
	}
	return level * min(1, silence/max(silence, missed))
}

func later(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}

// usual is what the tickets of each skill take in the mean.
func (e *Experience) usual() map[string]time.Duration {
	sums, weights := map[string]float64{}, map[string]float64{}
	for _, name := range slices.Sorted(maps.Keys(e.past.Kinds)) {
		k := e.past.Kinds[name]
		w := e.weight(name, k)
		sums[k.Skill], weights[k.Skill] = sums[k.Skill]+w*float64(e.takes(name, k)), weights[k.Skill]+w
	}
	all := make(map[string]time.Duration, len(sums))
	for skill, w := range weights {
		if w > 0 {
			all[skill] = time.Duration(sums[skill] / w)
		}
	}
	return all
}

// weight is how many tickets of a category have been seen, and takes how long one lasts by its standard and what came of it.
func (e *Experience) weight(name string, k *Kind) float64 {
	return count(k.Priorities) + count(e.now.Counts[name])
}

func (e *Experience) takes(name string, k *Kind) time.Duration {
	standard := cmp.Or(k.Standard, plan.Default().Standard)
	return time.Duration(float64(standard) * e.pace.Work(name, "").P50)
}

// works are quantiles of what the tickets of all categories take, by their standard times and what came of them.
func (e *Experience) works() (all []time.Duration) {
	const shares = 10
	type weighed struct {
		standard time.Duration
		weight   float64
	}
	var kinds []weighed
	sum := 0.
	for _, name := range slices.Sorted(maps.Keys(e.past.Kinds)) {
		k := e.past.Kinds[name]
		w := e.weight(name, k)
		kinds = append(kinds, weighed{e.takes(name, k), w})
		sum += w
	}
	if len(kinds) == 0 {
		return []time.Duration{plan.Default().Standard}
	}
	slices.SortFunc(kinds, func(a, b weighed) int { return cmp.Compare(a.standard, b.standard) })
	i, below := 0, 0.
	for share := range shares {
		at := (float64(share) + .5) / shares * sum
		for i < len(kinds)-1 && below+kinds[i].weight < at {
			below += kinds[i].weight
			i++
		}
		all = append(all, kinds[i].standard)
	}
	return all
}
