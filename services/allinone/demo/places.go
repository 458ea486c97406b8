package demo

import (
	"fmt"
	"math"

	commonv1 "github.com/linlihub/linli/proto/gen/linli/common/v1"
	residentsv1 "github.com/linlihub/linli/proto/gen/linli/residents/v1"
)

// The places lie in Hangzhou; the communities are invented.
var districts = []struct {
	name        string
	lat, lon    float64
	communities []community
}{
	{"城西片区", 30.2850, 120.1050, []community{{"春晓苑", 8}, {"翠湖雅居", 8}, {"桂语里", 8}}},
	{"城北片区", 30.3120, 120.1250, []community{{"望江花园", 6}, {"金桥新村", 5}, {"阳光里", 5}}},
}

type community struct {
	name      string
	buildings int
}

// style is how a building is laid out; each has 45 homes.
type style struct{ entrances, floors, doors int }

var styles = []style{{1, 15, 3}, {3, 5, 3}}

func (r *Register) build() {
	for i, d := range districts {
		id := fmt.Sprintf("d%d", i+1)
		r.Districts = append(r.Districts, &residentsv1.District{Id: id, Name: d.name, Center: &commonv1.Point{Lat: d.lat, Lon: d.lon}})
		for j, c := range d.communities {
			// Around the middle of the district, a kilometre away: ten minutes on an electric bicycle.
			r.addCommunity(id, c, offset(d.lat, d.lon, 1000, 120*float64(j)+20))
		}
	}
}

func (r *Register) addCommunity(district string, c community, center *commonv1.Point) {
	id := fmt.Sprintf("c%d", len(r.Communities)+1)
	r.Communities = append(r.Communities, &residentsv1.Community{Id: id, DistrictId: district, Name: c.name, Center: center})
	for i := range c.buildings {
		at := offset(center.GetLat(), center.GetLon(), 120, 360*float64(i)/float64(c.buildings))
		r.addBuilding(id, fmt.Sprintf("%d栋", i+1), styles[i%len(styles)], at)
	}
}

func (r *Register) addBuilding(community, name string, s style, at *commonv1.Point) {
	id := fmt.Sprintf("b%02d", len(r.Buildings)+1)
	r.Buildings = append(r.Buildings, &residentsv1.Building{Id: id, CommunityId: community, Name: name, Point: at, Floors: int32(s.floors)}) //nolint:gosec // a few floors
	for entrance := range s.entrances {
		for floor := range s.floors {
			for door := range s.doors {
				r.Homes = append(r.Homes, &residentsv1.Home{
					Id: fmt.Sprintf("h%04d", len(r.Homes)+1), BuildingId: id,
					Entrance: fmt.Sprintf("%d单元", entrance+1), Number: fmt.Sprintf("%02d%02d", floor+1, door+1),
				})
			}
		}
	}
}

// offset is the point so many metres away in a direction (degrees from north).
func offset(lat, lon, metres, direction float64) *commonv1.Point {
	const degree = 111_195 // metres of a degree of latitude
	rad := direction * math.Pi / 180
	return &commonv1.Point{
		Lat: sixDigits(lat + metres*math.Cos(rad)/degree),
		Lon: sixDigits(lon + metres*math.Sin(rad)/(degree*math.Cos(lat*math.Pi/180))),
	}
}

// sixDigits is a decimetre: no platform's mathematics shall show.
func sixDigits(degrees float64) float64 { return math.Round(degrees*1e6) / 1e6 }
