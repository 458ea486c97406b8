package ticket

import (
	"math"
	"strconv"
	"time"
)

// Rating is a resident's verdict on one closing cycle.
type Rating struct {
	ID      string    `json:"id"`
	Cycle   int       `json:"cycle"`
	Stars   int       `json:"stars"` // 1–5
	Words   string    `json:"words,omitzero"`
	By      string    `json:"by"`                // the person
	StaffID string    `json:"staff_id,omitzero"` // who did the work
	At      time.Time `json:"at"`
	Edited  time.Time `json:"edited,omitzero"`
}

// RatingID is the id of the rating of a cycle, given or not: there can be no second one.
func RatingID(ticketID string, cycle int) string { return ticketID + "." + strconv.Itoa(cycle) }

// Rate gives the verdict on this cycle and closes the ticket. A ticket that closed by itself can still be rated for a while.
//
// Errors: ErrStars, ErrNotYours, ErrNotFinished, ErrClosed (it was cancelled), ErrAlreadyRated, ErrRatingWindow,
// ErrWordsTooLong.
func (t *Ticket) Rate(stars int, words string, by Actor, at time.Time) error {
	words, err := checkRating(stars, words)
	switch {
	case err != nil:
		return err
	case by.Kind != ByResident || !t.s.party(by.ID):
		return ErrNotYours
	case t.s.Stage == StateCancelled:
		return ErrClosed
	case t.s.Stage.Live():
		return ErrNotFinished
	case t.s.Rating() != nil:
		return ErrAlreadyRated
	case at.After(t.s.Timeline.now().Finished.Add(t.policy.RateWithin)):
		return ErrRatingWindow
	}
	cycle := t.s.Cycle()
	t.record(Rated{stamp(by, at), RatingID(t.s.ID, cycle), cycle, stars, words, t.s.FinishedBy})
	if t.s.Stage == StateFinished {
		t.record(Closed{stamp(by, at), cycle, ClosedRated})
	}
	return nil
}

// EditRating changes the rating of this cycle, by the person who gave it and for a day. The rating of a former cycle is
// history. Errors: ErrStars, ErrNotRated, ErrNotYours, ErrRatingWindow, ErrWordsTooLong.
func (t *Ticket) EditRating(stars int, words string, by Actor, at time.Time) error {
	words, err := checkRating(stars, words)
	rating := t.s.Rating()
	switch {
	case err != nil:
		return err
	case rating == nil:
		return ErrNotRated
	case by != Resident(rating.By):
		return ErrNotYours
	case at.After(rating.At.Add(t.policy.RatingEditWithin)):
		return ErrRatingWindow
	case rating.Stars == stars && rating.Words == words:
		return nil
	}
	t.record(RatingEdited{stamp(by, at), rating.ID, rating.Cycle, stars, words})
	return nil
}

func checkRating(stars int, words string) (string, error) {
	if stars < 1 || stars > 5 {
		return "", ErrStars.Field("stars", "请给出1到5星", "one to five stars, please")
	}
	return clean(words)
}

// Tally counts ratings. Tallies are merged by adding counts, so that a score is always sum/n and never an average of
// averages; show N beside every number.
type Tally struct {
	Stars [5]int // how many gave 1 … 5
	Asked int    // how many cycles could have been rated
}

// Add counts one cycle; 0 stars is one that was not rated.
func (t *Tally) Add(stars int) {
	t.Asked++
	if stars >= 1 && stars <= 5 {
		t.Stars[stars-1]++
	}
}

// Merge adds the counts of another tally.
func (t *Tally) Merge(other Tally) {
	t.Asked += other.Asked
	for i, n := range other.Stars {
		t.Stars[i] += n
	}
}

// N is how many were rated.
func (t Tally) N() (n int) {
	for _, count := range t.Stars {
		n += count
	}
	return n
}

// Score is the mean of the stars, 0 without ratings.
func (t Tally) Score() float64 {
	sum := 0
	for i, count := range t.Stars {
		sum += (i + 1) * count
	}
	return share(sum, t.N())
}

// Satisfaction is (4★ + 5★) / rated.
func (t Tally) Satisfaction() float64 { return share(t.satisfied(), t.N()) }

// ResponseRate is rated / asked; it stands beside the satisfaction.
func (t Tally) ResponseRate() float64 { return share(t.N(), t.Asked) }

// LowerBound is the lower end of the 95 % Wilson interval of the satisfaction: rank by this, so that three happy
// residents do not outrank three hundred.
func (t Tally) LowerBound() float64 {
	const z = 1.959963984540054
	n := float64(t.N())
	if n == 0 {
		return 0
	}
	p := t.Satisfaction()
	centre := p + z*z/(2*n)
	margin := z * math.Sqrt(p*(1-p)/n+z*z/(4*n*n))
	return min(p, max(0, (centre-margin)/(1+z*z/n))) // rounding would lift it above a satisfaction of nothing
}

func (t Tally) satisfied() int { return t.Stars[3] + t.Stars[4] }

func share(part, whole int) float64 {
	if whole == 0 {
		return 0
	}
	return float64(part) / float64(whole)
}
