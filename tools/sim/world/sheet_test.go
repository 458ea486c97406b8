package world_test

import (
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/linlihub/linli/tools/sim/world"
)

const realDay = "../../../services/allinone/replay/testdata/service-requests-2025-03-24.csv"

func TestADayIsDrawnFromASheet(t *testing.T) {
	sheet, err := world.ReadSheet(realDay)
	if err != nil {
		t.Fatal(err)
	}
	spec := world.Standard(85, 1)
	d := sheet.Day(spec)
	if !reflect.DeepEqual(d, sheet.Day(spec)) {
		t.Error("the same seed gave two days")
	}
	busiest, hours := 0, map[int]int{}
	kinds := map[string]int{}
	for _, k := range d.Tickets {
		hours[int(k.Opened/3600)]++
		kinds[k.Skill]++
		busiest = max(busiest, hours[int(k.Opened/3600)])
		if x := world.Ride(world.At(0, 0), k.Place); x > world.Ride(world.At(0, 0), world.At(12000, 12000))+1 {
			t.Errorf("%s lies off the map", k.ID)
		}
	}
	if math.Abs(float64(busiest)-85) > 30 || len(hours) < 10 || len(kinds) < 4 {
		t.Errorf("busiest hour %d, hours %v, skills %v", busiest, hours, kinds)
	}
	if f := d.Spec.Forecast(); len(f.Hours) != 10 {
		t.Errorf("%d hours are forecast", len(f.Hours))
	}
}

func TestABadSheetIsRefused(t *testing.T) {
	for name, text := range map[string]string{
		"nothing":    "",
		"no column":  "Created Date,Latitude,Longitude\n",
		"few calls":  "Created Date,Complaint Type,Latitude,Longitude\n03/24/2025 11:33:07 PM,Noise,40.1,-73.9\n",
		"no numbers": strings.Repeat("Created Date,Complaint Type,Latitude,Longitude\n", 30),
	} {
		file := filepath.Join(t.TempDir(), "day.csv")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := world.ReadSheet(file); err == nil || !strings.Contains(err.Error(), file) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := world.ReadSheet("nowhere.csv"); err == nil {
		t.Error("a file that is not there was read")
	}
}

func TestABurstDrains(t *testing.T) {
	spec := small(1)
	spec.Burst = 10
	d := world.Make(spec)
	arrived := make([]float64, len(d.Tickets))
	for i, k := range d.Tickets {
		arrived[i] = k.Opened
		if k.Opened >= 2*3600 && k.Opened < 2.25*3600 {
			arrived[i] = 3 * 3600
		}
	}
	backlog := 0.
	for _, k := range d.Tickets {
		if k.Opened >= 2*3600 && k.Opened < 2.25*3600 {
			backlog++
		}
	}
	took, fluid := d.Drained(arrived)
	want := 3600 * backlog / (8*60./35 - 6) // eight technicians, and six tickets an hour that still come in
	if math.Abs(took-.75*3600) > 60 || math.Abs(fluid-want) > 1 || backlog < 5 {
		t.Errorf("%v tickets drained in %v, at least %v; want %v", backlog, took, fluid, want)
	}
}
