package plan

import (
	"math"
	"slices"
	"time"
)

// Posts is how technicians who have nothing to do are advised to wait where work is expected 预置. It needs a forecast with places; who
// follows the advice is nearer to the next ticket, and who does not loses nothing.
type Posts struct {
	Most    int           // technicians who have an advice at a time; zero: nobody is advised
	Least   time.Duration // what an advice must save of the ways to all that is expected in the lookout
	Lookout time.Duration // how far ahead tickets are expected; so long an advice holds
	Hold    time.Duration // so long nobody is advised otherwise
	Ride    time.Duration // further nobody is sent for it
	Effort  float64       // what a second of that ride costs, in seconds saved
	Crowd   int           // of more who have nothing to do somebody is near everywhere
}

func defaultPosts() Posts {
	return Posts{
		Most: 3, Least: time.Minute, Lookout: 30 * time.Minute, Hold: 10 * time.Minute, Ride: 15 * time.Minute, Effort: .3, Crowd: 60,
	}
}

// post is a technician with nothing to do, and the ways from where they wait to each place where work is expected.
type post struct {
	*slot
	trades []int
	ways   []float64
	held   bool // was advised a moment ago
}

// posts advises one technician at a time, so that the next advice is given with this one in view.
func (p *planner) posts() {
	rule := &p.policy.Posts
	if rule.Most <= 0 || p.forecast == nil || len(p.forecast.Places) == 0 {
		return
	}
	wanted, rates := p.wanted(rule.Lookout)
	idle, advised := p.idle(wanted)
	if advised >= rule.Most || len(idle) > rule.Crowd {
		return
	}
	places := p.forecast.Places
	nearest := nearest(idle, len(rates), len(places))
	best, to := Move{}, rule.Least.Seconds()
	for c := range places {
		ways := p.ways(places[c], places)
		for _, q := range idle {
			ride := p.policy.Travel.Between(q.At, places[c]).Seconds()
			if q.held || ride > rule.Ride.Seconds() {
				continue
			}
			if saved := q.saves(nearest, rates, ways) - rule.Effort*ride; saved > to {
				best, to = Move{q.ID, places[c]}, saved
			}
		}
	}
	if best.Staff != "" {
		p.out.Moves = append(p.out.Moves, best)
	}
}

// wanted numbers the skills that are expected to be asked for, with how often.
func (p *planner) wanted(lookout time.Duration) (number map[string]int, rates []float64) {
	number = map[string]int{}
	p.forecast.each(p.now, lookout.Seconds(), func(skill string, n float64) {
		k, known := number[skill]
		if !known {
			k = len(rates)
			number[skill], rates = k, append(rates, 0)
		}
		rates[k] += n
	})
	return number, rates
}

// idle are those who have nothing to do and will be on duty as long as an advice holds. Who was advised is thought to be there.
func (p *planner) idle(wanted map[string]int) (idle []*post, advised int) {
	rule := &p.policy.Posts
	for _, s := range p.slots {
		if !s.OnDuty || len(s.keeps) > 0 || s.taken > 0 || !s.Away.IsZero() || !s.At.Known() || s.until < rule.Lookout.Seconds() {
			continue
		}
		q, place := &post{slot: s}, s.At
		if age := p.now.Sub(s.Posted); s.Post.Known() && age < rule.Lookout {
			place, q.held = s.Post, age < rule.Hold
			advised++
		}
		for _, skill := range s.Skills {
			if k, known := wanted[skill]; known && !slices.Contains(q.trades, k) {
				q.trades = append(q.trades, k)
			}
		}
		q.ways = p.ways(place, p.forecast.Places)
		idle = append(idle, q)
	}
	return idle, advised
}

func (p *planner) ways(from Place, to []Place) []float64 {
	ways := make([]float64, len(to))
	for i := range to {
		ways[i] = p.policy.Travel.Between(from, to[i]).Seconds()
	}
	return ways
}

// near is who is nearest to a place with a skill, and how near they and the next are.
type near struct {
	who         *post
	first, next float64
}

// nobodyNear is how long a ticket waits where nobody of a skill is idle: until somebody else is done.
const nobodyNear = 1800

func nearest(idle []*post, skills, places int) [][]near {
	all := make([][]near, skills)
	for k := range all {
		all[k] = slices.Repeat([]near{{nil, nobodyNear, nobodyNear}}, places)
	}
	for _, q := range idle {
		for _, k := range q.trades {
			for i, way := range q.ways {
				switch n := &all[k][i]; {
				case way < n.first:
					*n = near{q, way, n.first}
				case way < n.next:
					n.next = way
				}
			}
		}
	}
	return all
}

// saves is how many seconds of way it saves over all that is expected when a technician waits elsewhere.
func (q *post) saves(nearest [][]near, rates, ways []float64) (sum float64) {
	for _, k := range q.trades {
		saved := 0.
		for i, n := range nearest[k] {
			others := n.first
			if n.who == q {
				others = n.next
			}
			saved += n.first - math.Min(others, ways[i])
		}
		sum += rates[k] * saved / float64(len(ways))
	}
	return sum
}
