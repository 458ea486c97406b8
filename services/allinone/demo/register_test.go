package demo_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"slices"
	"testing"
	"time"

	"buf.build/go/protovalidate"
	"google.golang.org/protobuf/proto"

	hrv1 "github.com/linlihub/linli/proto/gen/linli/hr/v1"
	residentsv1 "github.com/linlihub/linli/proto/gen/linli/residents/v1"
	"github.com/linlihub/linli/services/allinone/demo"
)

// monday is the day of the replayed file.
var monday = time.Date(2025, 3, 24, 0, 0, 0, 0, demo.Zone)

func TestTheCommunityHasItsSize(t *testing.T) {
	r := demo.Community(demo.Seed)
	for what, got := range map[string][2]int{
		"districts": {len(r.Districts), 2}, "communities": {len(r.Communities), 6}, "buildings": {len(r.Buildings), 40},
		"homes": {len(r.Homes), 1800}, "staff": {len(r.Staff), 60},
	} {
		if got[0] != got[1] {
			t.Errorf("%d %s, want %d", got[0], what, got[1])
		}
	}
	if first, last := r.Homes[0], r.Homes[1799]; first.GetId() != "h0001" || last.GetId() != "h1800" {
		t.Error(first, last)
	}
	reachable := r.Reachable()
	for _, h := range r.Homes {
		if len(reachable[h.GetId()]) == 0 {
			t.Errorf("nobody answers in %s", h.GetId())
		}
	}
}

func digest(r *demo.Register) string {
	hash := sha256.New()
	add := func(m proto.Message) {
		bytes, err := proto.MarshalOptions{Deterministic: true}.Marshal(m)
		if err != nil {
			panic(err)
		}
		hash.Write(bytes)
	}
	for _, h := range r.Homes {
		add(h)
	}
	for _, p := range r.People {
		add(p)
	}
	for _, o := range r.Occupants {
		add(o)
	}
	for _, e := range r.Staff {
		add(e.At(monday))
	}
	return hex.EncodeToString(hash.Sum(nil)[:8])
}

func TestASeedGivesTheSameCommunityForEver(t *testing.T) {
	// When it has to change, replays of old data folders no longer know its people: say so in CHANGES.
	if got, want := digest(demo.Community(demo.Seed)), "bb8f913e0fce0b9a"; got != want {
		t.Errorf("seed %d gives %s, want %s", demo.Seed, got, want)
	}
	if digest(demo.Community(2)) == digest(demo.Community(3)) {
		t.Error("seeds do not matter")
	}
}

func TestEveryImportIsValid(t *testing.T) {
	r := demo.Community(demo.Seed)
	validate := func(m proto.Message) {
		if err := protovalidate.Validate(m); err != nil {
			t.Error(err)
		}
	}
	for _, batch := range r.Batches() {
		validate(batch)
		if size := proto.Size(batch); size > 300_000 {
			t.Errorf("a batch has %d bytes: as JSON it would not pass the gateway", size)
		}
	}
	for _, e := range r.Staff {
		validate(e.At(monday))
	}
}

func TestIdsAndPhonesAreUniqueAndParentsExist(t *testing.T) {
	r := demo.Community(demo.Seed)
	seen := map[string]bool{}
	add := func(id string) {
		if seen[id] {
			t.Errorf("%s is there twice", id)
		}
		seen[id] = true
	}
	phone := regexp.MustCompile(`^1990000[0-9]{4}$`)
	for _, d := range r.Districts {
		add(d.GetId())
	}
	for _, c := range r.Communities {
		add(c.GetId())
		if !seen[c.GetDistrictId()] {
			t.Error(c)
		}
	}
	for _, b := range r.Buildings {
		add(b.GetId())
		if !seen[b.GetCommunityId()] {
			t.Error(b)
		}
	}
	for _, h := range r.Homes {
		add(h.GetId())
		if !seen[h.GetBuildingId()] || h.GetAreaCm2() < 400_000 || h.GetAreaCm2() > 1_500_000 {
			t.Error(h)
		}
	}
	for _, p := range r.People {
		add(p.GetId())
		if p.GetPhone() != "" {
			if add(p.GetPhone()); !phone.MatchString(p.GetPhone()) {
				t.Error(p)
			}
		}
	}
	for _, e := range r.Staff {
		add(e.Username())
		add(e.At(monday).GetPhone())
	}
	for _, o := range r.Occupants {
		if !seen[o.GetHomeId()] || !seen[o.GetPersonId()] {
			t.Error(o)
		}
		if o.GetUntil() != nil && !o.GetUntil().AsTime().After(o.GetSince().AsTime()) || o.GetSince().AsTime().After(monday) {
			t.Error(o)
		}
	}
}

func TestEveryHomeHasOneOwnerToday(t *testing.T) {
	owners := map[string]int{}
	roles := map[residentsv1.HomeRole]int{}
	for _, o := range demo.Community(demo.Seed).Occupants {
		if o.GetUntil() == nil {
			roles[o.GetRole()]++
			if o.GetRole() == residentsv1.HomeRole_HOME_ROLE_OWNER {
				owners[o.GetHomeId()]++
			}
		}
	}
	for home, n := range owners {
		if n != 1 {
			t.Errorf("%s has %d owners", home, n)
		}
	}
	if len(owners) != 1800 || roles[residentsv1.HomeRole_HOME_ROLE_TENANT] < 300 || roles[residentsv1.HomeRole_HOME_ROLE_FAMILY] < 1000 {
		t.Errorf("%d homes, roles %v", len(owners), roles)
	}
}

// onShift counts who may do a job in a district at an hour: with the skill, a valid certificate if need be, on shift.
func onShift(r *demo.Register, district, skill string, at time.Time) int {
	n := 0
	for _, e := range r.Staff {
		if profile := e.At(at); e.Field() && slices.Contains(profile.GetDistrictIds(), district) && able(profile, skill, at) && e.NextTurn(at).Covers(at) {
			n++
		}
	}
	return n
}

func able(e *hrv1.Employee, skill string, at time.Time) bool {
	if !slices.Contains(e.GetSkills(), skill) {
		return false
	}
	if !slices.Contains([]string{"electrical", "gas", "lift", "fire"}, skill) {
		return true
	}
	return slices.ContainsFunc(e.GetCertificates(), func(c *hrv1.Certificate) bool {
		return c.GetSkill() == skill && c.GetValidUntil().AsTime().After(at) && !c.GetValidFrom().AsTime().After(at)
	})
}

func TestSomebodyIsAlwaysThere(t *testing.T) {
	r := demo.Community(demo.Seed)
	urgent := []string{"plumbing", "electrical", "hvac", "lift", "gas", "fire", "security", "general", "carpentry"}
	other := []string{"appliance", "masonry", "cleaning", "greening"}
	for _, d := range r.Districts {
		for hour := range 7 * 24 {
			at := monday.Add(time.Duration(hour)*time.Hour + 30*time.Minute)
			for _, skill := range urgent {
				if onShift(r, d.GetId(), skill, at) == 0 {
					t.Errorf("nobody for %s in %s at %s", skill, d.GetId(), at.Format("Mon 15:04"))
				}
			}
			if n := onShift(r, d.GetId(), "fire", at); n < 2 { // GB 25506-2010 4.2.1
				t.Errorf("%d watch the fire panel in %s at %s", n, d.GetId(), at.Format("Mon 15:04"))
			}
			if h := at.Hour(); h < 9 || h >= 17 {
				continue
			}
			for _, skill := range other {
				if onShift(r, d.GetId(), skill, at) == 0 {
					t.Errorf("nobody for %s in %s at %s", skill, d.GetId(), at.Format("Mon 15:04"))
				}
			}
		}
		for _, skill := range append(urgent, other...) {
			n := 0
			for _, e := range r.Staff {
				if slices.Contains(e.At(monday).GetDistrictIds(), d.GetId()) && able(e.At(monday), skill, monday) {
					n++
				}
			}
			if n < 2 {
				t.Errorf("%d for %s in %s, want several", n, skill, d.GetId())
			}
		}
	}
}

func TestNightsAreQuieterAndNobodyWorksTooMuch(t *testing.T) {
	r := demo.Community(demo.Seed)
	count := func(hour int) (n int) {
		for _, e := range r.Staff {
			if at := monday.Add(time.Duration(hour) * time.Hour); e.Field() && e.NextTurn(at).Covers(at) {
				n++
			}
		}
		return n
	}
	if byDay, byNight := count(11), count(3); byDay < 18 || byNight < 3 || byNight > byDay/2 {
		t.Errorf("%d on shift by day, %d by night", byDay, byNight)
	}
	for _, e := range r.Staff { // 劳动法 36, 38
		var week int32
		for _, s := range e.At(monday).GetShifts() {
			week += s.GetEndMinute() - s.GetStartMinute()
		}
		if days := len(e.At(monday).GetShifts()); week > 40*60 || days > 6 {
			t.Errorf("%s works %d minutes on %d days", e.Username(), week, days)
		}
	}
}

func TestNextTurn(t *testing.T) {
	r := demo.Community(demo.Seed)
	for _, e := range r.Staff {
		for hour := range 7 * 24 {
			at := monday.Add(time.Duration(hour) * time.Hour)
			turn := e.NextTurn(at)
			if !turn.End.After(at) || turn.End.Sub(turn.Start) != 8*time.Hour || turn.Start.Sub(at) > 3*24*time.Hour {
				t.Fatalf("%s at %v: %v", e.Username(), at, turn)
			}
		}
	}
}

func TestOneLoginPerRole(t *testing.T) {
	seen := map[string]bool{}
	for _, l := range demo.Logins() {
		if seen[l.Role] || l.Username == "" || l.How == "" {
			t.Errorf("login %+v", l)
		}
		seen[l.Role] = true
	}
	for _, role := range []string{"resident", "technician", "guard", "cleaner", "steward", "manager", "director", "operator", "admin"} {
		if !seen[role] {
			t.Errorf("no login for a %s", role)
		}
	}
}

func ExampleCommunity() {
	r := demo.Community(demo.Seed)
	fmt.Println(r.Districts[0].GetName(), r.Communities[0].GetName(), r.Homes[0].GetNumber())
	// Output: 城西片区 春晓苑 0101
}
