package replay

import (
	"fmt"
	"testing"

	commonv1 "github.com/linlihub/linli/proto/gen/linli/common/v1"
	"github.com/linlihub/linli/services/allinone/demo"
)

func TestTheRealDayFindsItsHomes(t *testing.T) {
	sheet, err := readFile("testdata/service-requests-2025-03-24.csv")
	if err != nil {
		t.Fatal(err)
	}
	register := demo.Community(demo.Seed)
	town, again := newTown(register, sheet.Rows), newTown(register, sheet.Rows)
	inDistrict, atHome := map[string]int{}, map[string]int{}
	for _, row := range sheet.Rows {
		at := town.find(row, 0)
		if other := again.find(row, 0); other.home.GetId() != at.home.GetId() || other.person.GetId() != at.person.GetId() {
			t.Fatalf("row %d finds %v, then %v", row.Number, at, other)
		}
		if at.person.GetPhone() == "" {
			t.Errorf("row %d: %v cannot call", row.Number, at.person)
		}
		inDistrict[row.Borough+" "+at.district]++
		atHome[at.home.GetId()]++
	}
	if len(inDistrict) != 2 || inDistrict["MANHATTAN d1"] != 165 || inDistrict["BROOKLYN d2"] != 70 {
		t.Errorf("got %v", inDistrict)
	}
	for home, n := range atHome {
		if n > 3 {
			t.Errorf("%d rows at %s", n, home)
		}
	}
}

func TestOnePlaceIsOneBuilding(t *testing.T) {
	rows := []Row{}
	for i := range 40 {
		rows = append(rows, Row{Key: fmt.Sprint(i), Borough: "QUEENS", Point: &commonv1.Point{Lat: 40.600001, Lon: -73.9}})
	}
	town := newTown(demo.Community(demo.Seed), rows)
	buildings, homes := map[string]bool{}, map[string]bool{}
	for _, row := range rows {
		at := town.find(row, 0)
		buildings[at.home.GetBuildingId()], homes[at.home.GetId()] = true, true
	}
	if len(buildings) != 1 || len(homes) < 15 {
		t.Errorf("%d buildings, %d homes", len(buildings), len(homes))
	}
	tried := map[string]bool{}
	for try := range doors {
		at := town.find(rows[0], try)
		if tried[at.home.GetId()] || !buildings[at.home.GetBuildingId()] {
			t.Errorf("try %d is %v", try, at.home)
		}
		tried[at.home.GetId()] = true
	}
}

func TestRowsThatSayNothingOfTheirPlaceAreSpread(t *testing.T) {
	town := newTown(demo.Community(demo.Seed), nil)
	districts, buildings := map[string]int{}, map[string]bool{}
	for i := range 400 {
		at := town.find(Row{Key: fmt.Sprint(i)}, 0)
		districts[at.district]++
		buildings[at.home.GetBuildingId()] = true
	}
	if districts["d1"] < 150 || districts["d2"] < 150 || len(buildings) < 38 {
		t.Errorf("%v, %d buildings", districts, len(buildings))
	}
}
