package world

import (
	"math"
	"time"

	"github.com/linlihub/linli/services/dispatch/plan"
)

// shares is how many quantiles of work a forecast carries.
const shares = 40

// grid is in how many rows and columns the places of a forecast lie: homes are spread evenly.
const grid = 7

// Forecast is what a company that has seen many such days expects of this one: how much comes in each hour, and how long
// work takes. It knows nothing of the day itself.
func (s Spec) Forecast() *plan.Forecast {
	f := &plan.Forecast{Begin: Begin}
	for hour := range int(math.Ceil(s.Hours)) {
		bySkill := map[string]float64{}
		for k := range s.Skills {
			bySkill[skillName(k)] = s.Rate * s.level(float64(hour)) / float64(s.Skills)
		}
		f.Hours = append(f.Hours, bySkill)
	}
	f.Places = s.usual()
	for i := range shares {
		// The quantile of the normal distribution through the inverse error function.
		z := math.Sqrt2 * math.Erfinv(2*(float64(i)+.5)/shares-1)
		work := s.ServiceMean * math.Exp(s.ServiceSigma*z-s.ServiceSigma*s.ServiceSigma/2)
		f.Works = append(f.Works, time.Duration(work*float64(time.Second)))
	}
	return f
}

// usual are the places where tickets usually come from.
func (s Spec) usual() (places []plan.Place) {
	if len(s.Spots) > 0 {
		return s.Spots
	}
	side := s.SideKM * 1000 / grid
	for i := range grid * grid {
		places = append(places, At((float64(i%grid)+.5)*side, (float64(i/grid)+.5)*side))
	}
	return places
}
