package replay

import (
	"context"
	"log/slog"
	"math"
	"time"

	"github.com/linlihub/linli/libs/clock"
	commonv1 "github.com/linlihub/linli/proto/gen/linli/common/v1"
	dispatchv1 "github.com/linlihub/linli/proto/gen/linli/dispatch/v1"
)

// detour is how much longer streets are than the bird's way.
const detour = 1.3

// Positions are reported every twenty seconds of the domain, but on a fast clock not more than thrice a second of the wall.
const (
	reportEvery     = 20 * time.Second
	reportEveryWall = 300 * time.Millisecond
)

// travel moves the technician to a place and says on the way where that is.
func (j *job) travel(ctx context.Context, to *commonv1.Point) error {
	return j.technician.ride(ctx, to, j.draw, func() { j.report(ctx, j.technician.at) })
}

// ride moves the technician to a place. Whoever is called away is where the way was left.
func (t *technician) ride(ctx context.Context, to *commonv1.Point, draw chance, moved func()) error {
	c, from := t.run.clock, t.at
	if to == nil {
		to = from
	}
	usual := time.Duration(detour * distance(from, to) / t.run.Habits.Pace * float64(time.Second))
	total := time.Minute + draw.around(usual, .2)
	every := max(reportEvery, time.Duration(c.Speed()*float64(reportEveryWall)))
	began := c.Now()
	for {
		passed := c.Now().Sub(began)
		t.at = between(from, to, float64(passed)/float64(total))
		moved()
		if passed >= total {
			return nil
		}
		if err := clock.Wait(ctx, c, began.Add(min(passed+every, total))); err != nil {
			t.at = between(from, to, float64(c.Now().Sub(began))/float64(total))
			return err
		}
	}
}

// report tells the position. One that is lost is made good by the next.
func (j *job) report(ctx context.Context, at *commonv1.Point) {
	_, err := j.technician.position.Report(ctx, &dispatchv1.ReportPositionRequest{Point: at})
	if err != nil && ctx.Err() == nil {
		j.technician.log.DebugContext(ctx, "a position was not taken", slog.Any("err", err))
	}
}

// distance in metres; over a city the earth is flat.
func distance(a, b *commonv1.Point) float64 {
	const degree = 111_195
	dy := degree * (b.GetLat() - a.GetLat())
	dx := degree * (b.GetLon() - a.GetLon()) * math.Cos(a.GetLat()*math.Pi/180)
	return math.Hypot(dx, dy)
}

// between is the point on the way from a to b after a share of it.
func between(a, b *commonv1.Point, share float64) *commonv1.Point {
	share = min(max(share, 0), 1)
	return &commonv1.Point{
		Lat: a.GetLat() + share*(b.GetLat()-a.GetLat()),
		Lon: a.GetLon() + share*(b.GetLon()-a.GetLon()),
	}
}
