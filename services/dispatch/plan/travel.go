package plan

import (
	"cmp"
	"math"
	"time"
)

// Place is where somebody is or has to go.
type Place struct {
	Lat, Lon  float64 // WGS 84 degrees; 0, 0 is unknown
	Community string  // empty: on the road, or unknown
}

// Known reports whether the place has coordinates on earth.
func (p Place) Known() bool {
	return math.Abs(p.Lat) <= 90 && math.Abs(p.Lon) <= 180 && (p.Lat != 0 || p.Lon != 0)
}

// Travel answers how long a way takes, as expected. It is asked some ten thousand times a decision, must be pure, and
// answers something sensible for places that are not known. Roads, hours and what finished visits teach go behind it.
type Travel interface {
	Between(from, to Place) time.Duration
}

// Detour is how much longer a way by the road is than as the crow flies.
const Detour = 1.3

// EBike rides an electric bicycle: as the crow flies, times a detour, at one speed within a community and at another
// between communities, and then looks for the door. A field that is zero has its default.
type EBike struct {
	Detour     float64       // 1.3
	LocalSpeed float64       // km/h within a community: 15
	RoadSpeed  float64       // km/h elsewhere: 25
	Door       time.Duration // to park and find the door: 90 s
	Unknown    time.Duration // when a place is not known: 15 min
}

// Between is the expected time of a ride.
func (e EBike) Between(from, to Place) time.Duration {
	return e.between(from, to, cosine(from)*cosine(to))
}

// between is Between with the product of the cosines of the latitudes, which a storm asks for again and again.
func (e EBike) between(from, to Place, cosines float64) time.Duration {
	if !from.Known() || !to.Known() {
		return cmp.Or(e.Unknown, 15*time.Minute)
	}
	speed := cmp.Or(e.RoadSpeed, 25)
	if from.Community != "" && from.Community == to.Community {
		speed = cmp.Or(e.LocalSpeed, 15)
	}
	hours := distance(from, to, cosines) / 1000 * cmp.Or(e.Detour, Detour) / speed
	return cmp.Or(e.Door, 90*time.Second) + time.Duration(hours*float64(time.Hour))
}

// earthRadius in metres, the mean of the WGS 84 axes.
const earthRadius = 6_371_008.8

// Distance is the great circle between two places in metres (haversine).
func Distance(a, b Place) float64 { return distance(a, b, cosine(a)*cosine(b)) }

// rad is a degree.
const rad = math.Pi / 180

func cosine(p Place) float64 { return math.Cos(p.Lat * rad) }

func distance(a, b Place, cosines float64) float64 {
	lat, lon := sine((b.Lat-a.Lat)*rad/2), sine((b.Lon-a.Lon)*rad/2)
	h := lat*lat + cosines*lon*lon
	return 2 * earthRadius * arcsine(math.Sqrt(min(h, 1)))
}

// small is the angle below which the first terms of a series are as good as the function to thirteen digits, and several times as
// fast: 120 km. A storm asks for a quarter of a million distances.
const small = .01

func sine(x float64) float64 {
	if math.Abs(x) > small {
		return math.Sin(x)
	}
	square := x * x
	return x * (1 - square/6*(1-square/20))
}

func arcsine(x float64) float64 {
	if math.Abs(x) > small {
		return math.Asin(x)
	}
	square := x * x
	return x * (1 + square/6*(1+square*9/20))
}
