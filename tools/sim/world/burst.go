package world

// The burst, in hours after the day has begun. A day with one has no peak.
const (
	burstFrom = 2.
	burstTo   = 2.25
)

// top is the highest level of the day.
func (s Spec) top() float64 { return max(1, s.Quiet*s.Burst) }

// Drained answers how long after the burst as few tickets wait as before it, and what that takes at least in the mean: the
// tickets that are too many, by what all technicians could do if nobody rode anywhere and everybody could do everything, less
// what still comes in.
func (d *Day) Drained(arrived []float64) (took, fluid float64) {
	const hour, minute = 3600., 60.
	from, to := burstFrom*hour, burstTo*hour
	waiting := func(at float64) (n int) {
		for i, t := range d.Tickets {
			if t.Opened <= at && arrived[i] > at {
				n++
			}
		}
		return n
	}
	before := waiting(from)
	backlog := waiting(to) - before
	done := d.Spec.ServiceMean / float64(d.Spec.Technicians)
	fluid = float64(max(0, backlog)) / (1/done - d.Spec.Rate*d.Spec.Quiet/hour)
	for took < 24*hour && waiting(to+took) > before {
		took += minute
	}
	return took, fluid
}
