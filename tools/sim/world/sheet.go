package world

import (
	"encoding/csv"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/linlihub/linli/services/dispatch/plan"
)

// Sheet is a day that really was, from an export of the 311 schema: when people called, from where, about what. There are
// too few calls in it for 50 technicians, and too many hours: days are drawn from it. A nil Sheet is the made-up day.
type Sheet struct{ calls []call }

// call has its hour and its place as shares: of the day, and of the map from west to east and from south to north.
type call struct {
	hour        float64
	east, north float64
	placed      bool
	about       string
}

var errSheet = errors.New("no such day")

// ReadSheet reads a file; no name is no sheet. Calls without a time are left out.
func ReadSheet(name string) (*Sheet, error) {
	if name == "" {
		return nil, nil //nolint:nilnil // no sheet is a day too: the made-up one
	}
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	s, err := readSheet(file)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return s, nil
}

func readSheet(r io.Reader) (*Sheet, error) {
	rows, err := csv.NewReader(r).ReadAll()
	if err != nil {
		return nil, err
	}
	if len(rows) == 0 {
		return nil, fmt.Errorf("%w: the file is empty", errSheet)
	}
	var columns [4]int
	for i, name := range [...]string{"Created Date", "Complaint Type", "Latitude", "Longitude"} {
		if columns[i] = slices.Index(rows[0], name); columns[i] < 0 {
			return nil, fmt.Errorf("%w: there is no column %q", errSheet, name)
		}
	}
	s := &Sheet{}
	for _, row := range rows[1:] {
		at, err := time.Parse("01/02/2006 03:04:05 PM", strings.TrimSpace(row[columns[0]]))
		if err != nil {
			continue
		}
		c := call{hour: float64(at.Hour()) + float64(at.Minute())/60, about: row[columns[1]]}
		lat, err1 := strconv.ParseFloat(row[columns[2]], 64)
		lon, err2 := strconv.ParseFloat(row[columns[3]], 64)
		c.north, c.east, c.placed = lat, lon, err1 == nil && err2 == nil
		s.calls = append(s.calls, c)
	}
	if len(s.calls) < 20 {
		return nil, fmt.Errorf("%w: %d calls have a time, 20 are needed", errSheet, len(s.calls))
	}
	s.scale()
	return s, nil
}

// scale turns degrees into shares of the map. The outermost twentieth on each side is drawn to the edge, for a city is
// wider than the district of 50 technicians.
func (s *Sheet) scale() {
	share := func(of func(*call) *float64) {
		var all []float64
		for i := range s.calls {
			if s.calls[i].placed {
				all = append(all, *of(&s.calls[i]))
			}
		}
		if slices.Sort(all); len(all) == 0 {
			return
		}
		low, high := all[len(all)/20], all[len(all)-1-len(all)/20]
		for i := range s.calls {
			*of(&s.calls[i]) = max(0, min(1, (*of(&s.calls[i])-low)/max(high-low, 1e-9)))
		}
	}
	share(func(c *call) *float64 { return &c.east })
	share(func(c *call) *float64 { return &c.north })
}

// first is the hour at which the ten hours of a day begin.
const first = 8.

// Day makes the day of a spec: in each hour as many calls as the sheet says, scaled so that the busiest has the rate.
func (s *Sheet) Day(spec Spec) Day {
	if s == nil {
		return Make(spec)
	}
	spec.Levels = make([]float64, int(spec.Hours))
	for _, c := range s.calls {
		if h := int(c.hour - first); c.hour >= first && h < len(spec.Levels) {
			spec.Levels[h]++
		}
	}
	spec.Spots = s.spots(spec.SideKM * 1000)
	most := max(1, slices.Max(spec.Levels))
	for h := range spec.Levels {
		spec.Levels[h] /= most
	}
	return build(spec, s)
}

// spots are some of the places, as many as a board remembers.
func (s *Sheet) spots(side float64) (places []plan.Place) {
	const most = 48
	for i := range s.calls {
		if c := &s.calls[i]; c.placed {
			places = append(places, At(c.east*side, c.north*side))
		}
	}
	if step := (len(places) + most - 1) / most; step > 1 {
		for i := range len(places) / step {
			places[i] = places[i*step]
		}
		places = places[:len(places)/step]
	}
	return places
}

// shape gives a ticket the place and the skill of a call of about its hour, any call if there is none, some 300 m off.
func (s *Sheet) shape(spec Spec, r *rand.Rand, t *Ticket) {
	if s == nil {
		return
	}
	hour := first + t.Opened/3600
	var near []*call
	for i := range s.calls {
		if c := &s.calls[i]; c.placed && c.hour > hour-1 && c.hour < hour+1 {
			near = append(near, c)
		}
	}
	if len(near) == 0 {
		return
	}
	c, side := near[r.IntN(len(near))], spec.SideKM*1000
	off := func(share float64) float64 { return max(0, min(side, share*side+300*r.NormFloat64())) }
	t.Place = At(off(c.east), off(c.north))
	kind := fnv.New32a()
	_, _ = kind.Write([]byte(c.about))
	t.Skill = skillName(int(kind.Sum32() % uint32(spec.Skills))) //nolint:gosec // skills are few
}
