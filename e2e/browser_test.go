package e2e_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/linlihub/linli/e2e/harness"
)

// login is what an employee types.
type login struct {
	Username string `json:"username"`
	Password string `json:"password"`
}

// world is what the people of browser/journey.mjs know when they begin.
type world struct {
	URL         string  `json:"url"`
	Codes       string  `json:"codes"`
	Resident    string  `json:"resident"`
	Address     string  `json:"address"`
	Technicians []login `json:"technicians"`
	Neighbour   login   `json:"neighbour"`
	Steward     login   `json:"steward"`
	Manager     login   `json:"manager"`
	Near        point   `json:"near"`
	Far         point   `json:"far"`
	Pictures    string  `json:"pictures"`
}

// point is where a technician's telephone is.
type point struct {
	Lat float64 `json:"lat"`
	Lon float64 `json:"lon"`
}

// A resident opens in one window, a technician works in another, and a steward sees the rating in a third: in a real browser,
// by what stands on the pages. The pages must be free of serious barriers (axe), and nothing may go wrong behind them.
func TestThreePeopleInABrowser(t *testing.T) {
	if missing := browserParts(); missing != nil {
		if os.Getenv("LINLI_REQUIRE_PARTS") == "1" || os.Getenv("CI") == "true" {
			t.Fatal(missing)
		}
		t.Skipf("NOT TESTED IN A BROWSER: %v", missing)
	}
	p := harness.Start(t)
	p.Certify("lift", "t1")
	as := func(id string) login { return login{id, harness.Password} }
	people, err := json.Marshal(world{
		URL: p.URL, Codes: p.CodesFile(), Resident: harness.Phone("p1"), Address: "3栋 2单元 0002",
		Near: point{30.225, 120.20}, Far: point{30.265, 120.20}, // half a kilometre from the building, and five
		Technicians: []login{as("t1"), as("t2")}, Neighbour: as("t5"), Steward: as("w1"), Manager: as("m1"), Pictures: filepath.Join(os.TempDir(), "linli-journey"),
	})
	if err != nil {
		t.Fatal(err)
	}
	journey := exec.CommandContext(t.Context(), "node", "browser/journey.mjs", string(people))
	told, err := journey.CombinedOutput()
	t.Logf("%s", told)
	if err != nil {
		t.Errorf("the journey: %v", err)
	}
}

// browserParts says what is missing for a journey in a browser; it installs the driver when its lock file is newer.
func browserParts() error {
	for _, program := range []string{"node", "npm", "chromium"} {
		if _, err := exec.LookPath(program); err != nil {
			return fmt.Errorf("find a browser and its driver: %w", err)
		}
	}
	if said, err := exec.Command("make", "-C", "..", "e2e/browser/node_modules/.package-lock.json").CombinedOutput(); err != nil {
		return fmt.Errorf("install the driver: %w\n%s", err, said)
	}
	return nil
}
