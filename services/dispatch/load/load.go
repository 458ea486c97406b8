// Package load reckons what each technician did, so that work and far ways can be shared fairly 派单公平. It knows no roster: who did
// nothing and is not on duty is left out of the medians.
package load

import (
	"cmp"
	"math"
	"slices"
	"time"
)

// Days are how many days a week has that is looked at: today and those before.
const Days = 7

// Fewest is how many ways there must be to say which of them are far.
const Fewest = 8

// china is where a day is meant.
var china = time.FixedZone("Asia/Shanghai", 8*60*60)

// Midnight is when the day of a time began in China.
func Midnight(at time.Time) time.Time {
	y, m, d := at.In(china).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, china)
}

// Since is when the week of a time began.
func Since(now time.Time) time.Time { return Midnight(now).AddDate(0, 0, 1-Days) }

// Job is one visit that was done.
type Job struct {
	Staff string
	// End is when the work was done, Took how long it took with the way.
	End  time.Time
	Took time.Duration
	// Way in metres; 0: its beginning was not known.
	Way float64
}

// Figures are those of one technician, or medians.
type Figures struct {
	Jobs, Hours, Kilometres, FarTrips float64
}

// Load is what one technician did.
type Load struct {
	Staff       string
	Today, Week Figures
}

// Sheet is what the technicians of a district did.
type Sheet struct {
	// Loads, the busiest of the week first.
	Loads []Load
	// MedianToday and MedianWeek are of the people counted: those who worked in that time or are on duty.
	MedianToday, MedianWeek   Figures
	CountedToday, CountedWeek int
	// Far is what three quarters of the ways are within, in metres; 0: too few to say.
	Far float64
}

// Reckon makes the sheet of a district. staff are its technicians with whether they are on duty; jobs of others and from before the
// week do not count.
func Reckon(staff map[string]bool, jobs []Job, now time.Time) Sheet {
	since := Since(now)
	jobs = slices.DeleteFunc(slices.Clone(jobs), func(j Job) bool {
		_, ours := staff[j.Staff]
		return !ours || j.End.Before(since)
	})
	sheet := Sheet{Far: far(jobs)}
	by := map[string][]Job{}
	for _, j := range jobs {
		by[j.Staff] = append(by[j.Staff], j)
	}
	for id := range staff {
		sheet.Loads = append(sheet.Loads, Of(id, by[id], sheet.Far, now))
	}
	slices.SortFunc(sheet.Loads, func(a, b Load) int {
		return cmp.Or(cmp.Compare(b.Week.Hours, a.Week.Hours), cmp.Compare(a.Staff, b.Staff))
	})
	sheet.MedianToday, sheet.CountedToday = median(sheet.Loads, staff, func(l *Load) Figures { return l.Today })
	sheet.MedianWeek, sheet.CountedWeek = median(sheet.Loads, staff, func(l *Load) Figures { return l.Week })
	return sheet
}

// Of reckons what one technician did, by what is far in the district.
func Of(staff string, jobs []Job, far float64, now time.Time) Load {
	today, since := Midnight(now), Since(now)
	var day, week tally
	for _, j := range jobs {
		if j.Staff != staff || j.End.Before(since) {
			continue
		}
		week.add(j, far)
		if !j.End.Before(today) {
			day.add(j, far)
		}
	}
	return Load{staff, day.figures(), week.figures()}
}

// tally adds up in whole numbers, so that the order does not matter.
type tally struct {
	jobs, far, metres int64
	took              time.Duration
}

func (t *tally) add(j Job, far float64) {
	t.jobs++
	t.took += j.Took
	t.metres += int64(math.Round(j.Way))
	if far > 0 && j.Way > far {
		t.far++
	}
}

func (t *tally) figures() Figures {
	return Figures{float64(t.jobs), t.took.Hours(), float64(t.metres) / 1000, float64(t.far)}
}

// far is the upper quartile of the ways: by this measure a fair share of far ones is a quarter of one's own.
func far(jobs []Job) float64 {
	var ways []float64
	for _, j := range jobs {
		if j.Way > 0 {
			ways = append(ways, j.Way)
		}
	}
	if len(ways) < Fewest {
		return 0
	}
	slices.Sort(ways)
	return ways[int(math.Ceil(float64(len(ways))*3/4))-1]
}

// median answers that of each figure over those who worked or are on duty, and how many they are.
func median(loads []Load, onDuty map[string]bool, of func(*Load) Figures) (Figures, int) {
	var jobs, hours, kilometres, farTrips []float64
	for i := range loads {
		f := of(&loads[i])
		if f.Jobs == 0 && !onDuty[loads[i].Staff] {
			continue
		}
		jobs, hours = append(jobs, f.Jobs), append(hours, f.Hours)
		kilometres, farTrips = append(kilometres, f.Kilometres), append(farTrips, f.FarTrips)
	}
	return Figures{middle(jobs), middle(hours), middle(kilometres), middle(farTrips)}, len(jobs)
}

func middle(all []float64) float64 {
	if len(all) == 0 {
		return 0
	}
	slices.Sort(all)
	n := len(all)
	return (all[(n-1)/2] + all[n/2]) / 2
}
