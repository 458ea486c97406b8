package residents

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/linlihub/linli/libs/authz"
	"github.com/linlihub/linli/libs/clock"
	"github.com/linlihub/linli/libs/outbox"
	"github.com/linlihub/linli/libs/seal"
	"github.com/linlihub/linli/libs/store"
	"github.com/linlihub/linli/libs/store/storetest"
	residentsv1 "github.com/linlihub/linli/proto/gen/linli/residents/v1"
	"github.com/linlihub/linli/services/residents/registry"
	rows "github.com/linlihub/linli/services/residents/store"
)

var start = time.Date(2025, 3, 24, 1, 0, 0, 0, time.UTC)

type desk struct {
	*Desk
	t     *testing.T
	clock *clock.Fake
}

// newDesk is a town of two districts; anna owns east's home, ben is its tenant until tomorrow.
func newDesk(t *testing.T) *desk {
	t.Helper()
	db := storetest.Open(t, storetest.SQLite(t))
	must(t, db.Migrate(t.Context(), migrations, "residents"))
	_, err := outbox.Open(t.Context(), db, outbox.Config{Source: "residents"})
	must(t, err)
	box, err := seal.New(seal.NewKey())
	must(t, err)
	clk := clock.NewFake(start)
	d := &desk{&Desk{db: db, rows: rows.Store{Box: box}, clock: clk}, t, clk}
	_, err = d.Import(d.as("admin"), town())
	must(t, err)
	return d
}

func town() *residentsv1.ImportRequest {
	req := &residentsv1.ImportRequest{
		People: []*residentsv1.Person{{Id: "anna", Name: "安娜娜", Phone: "13812341234"}, {Id: "ben", Name: "本杰明", Phone: "13912345678"}},
		Occupants: []*residentsv1.Occupant{
			{HomeId: "home-east", PersonId: "anna", Role: residentsv1.HomeRole_HOME_ROLE_OWNER, Since: timestamppb.New(start.AddDate(-1, 0, 0))},
			{HomeId: "home-east", PersonId: "ben", Role: residentsv1.HomeRole_HOME_ROLE_TENANT, Since: timestamppb.New(start.AddDate(-1, 0, 0)), Until: timestamppb.New(start.AddDate(0, 0, 1))},
		},
	}
	for _, d := range []string{"east", "west"} {
		req.Districts = append(req.Districts, &residentsv1.District{Id: d, Name: d})
		req.Communities = append(req.Communities, &residentsv1.Community{Id: "c-" + d, DistrictId: d, Name: "春晓苑"})
		req.Buildings = append(req.Buildings, &residentsv1.Building{Id: "b-" + d, CommunityId: "c-" + d, Name: "3栋"})
		req.Homes = append(req.Homes, &residentsv1.Home{Id: "home-" + d, BuildingId: "b-" + d, Number: "0501", AreaCm2: 895_000})
	}
	return req
}

// as is the caller by name.
func (d *desk) as(name string) context.Context {
	p := authz.Principal{Account: "person:" + name, Person: name, Roles: []authz.Role{authz.Resident}}
	switch name {
	case "admin":
		p = authz.Principal{Account: "staff:admin", Staff: "admin", Roles: []authz.Role{authz.Admin}}
	case "east", "west":
		p = authz.Principal{Account: "staff:" + name, Staff: name, Roles: []authz.Role{authz.Steward}, Districts: []string{name}}
	}
	return authz.With(d.t.Context(), p, "")
}

func (d *desk) told() (n int) {
	d.t.Helper()
	must(d.t, d.db.Read(d.t.Context(), func(ctx context.Context, tx *store.Tx) error {
		return tx.QueryRow(ctx, `SELECT COUNT(*) FROM outbox_event`).Scan(&n)
	}))
	return n
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func refused(t *testing.T, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Fatalf("answers %v, want %v", err, want)
	}
}

func TestImport_RepeatedTellsNothing(t *testing.T) {
	d := newDesk(t)
	before := d.told()
	if before != 6 { // two homes, two people, two roles
		t.Errorf("the first import told %d events", before)
	}
	_, err := d.Import(d.as("admin"), town())
	must(t, err)
	if got := d.told(); got != before {
		t.Errorf("the second told %d more", got-before)
	}
}

func TestImport_IsAllOrNothing(t *testing.T) {
	d := newDesk(t)
	before := d.told()
	_, err := d.Import(d.as("admin"), &residentsv1.ImportRequest{
		People:    []*residentsv1.Person{{Id: "carl", Phone: "13700000000"}},
		Occupants: []*residentsv1.Occupant{{HomeId: "nowhere", PersonId: "carl", Role: residentsv1.HomeRole_HOME_ROLE_OWNER}},
	})
	refused(t, err, registry.ErrHomeUnknown)
	if d.told() != before {
		t.Error("half an import was told")
	}
	_, err = d.SetRole(d.as("admin"), &residentsv1.SetRoleRequest{HomeId: "home-east", PersonId: "carl", Role: residentsv1.HomeRole_HOME_ROLE_OWNER})
	refused(t, err, registry.ErrPersonUnknown)
}

// An expired role gives nothing, from its last instant on; a foreign home is an unknown one.
func TestGetHome_AnExpiredRoleGivesNothing(t *testing.T) {
	d := newDesk(t)
	sees := func(who, home string) error {
		_, err := d.GetHome(d.as(who), &residentsv1.GetHomeRequest{Id: home})
		return err
	}
	for _, who := range []string{"anna", "ben", "east", "admin"} {
		must(t, sees(who, "home-east"))
	}
	for _, who := range []string{"anna", "ben", "carl", "east"} {
		refused(t, sees(who, "home-west"), registry.ErrHomeUnknown)
	}
	refused(t, sees("admin", "nowhere"), registry.ErrHomeUnknown)
	d.clock.Set(start.AddDate(0, 0, 1).Add(-time.Microsecond))
	must(t, sees("ben", "home-east"))
	d.clock.Advance(time.Microsecond)
	refused(t, sees("ben", "home-east"), registry.ErrHomeUnknown)
	mine, err := d.ListMyHomes(d.as("ben"), &residentsv1.ListMyHomesRequest{})
	must(t, err)
	if len(mine.GetHomes()) != 0 {
		t.Errorf("ben still has %v", mine.GetHomes())
	}
}

func TestSetRole_InOwnDistrictsAndWithSenseOnly(t *testing.T) {
	d := newDesk(t)
	req := &residentsv1.SetRoleRequest{HomeId: "home-west", PersonId: "ben", Role: residentsv1.HomeRole_HOME_ROLE_FAMILY, Since: timestamppb.New(start)}
	_, err := d.SetRole(d.as("east"), req)
	refused(t, err, registry.ErrHomeUnknown)
	before := d.told()
	_, err = d.SetRole(d.as("west"), req)
	must(t, err)
	if d.told() != before+1 {
		t.Errorf("told %d events of one role", d.told()-before)
	}
	req.Until = req.Since
	_, err = d.SetRole(d.as("west"), req)
	refused(t, err, registry.ErrDates)
}

// DOMAIN 21: masked by default; the chain masks what the proto declares, so no answer may carry a phone outside of such a
// field.
func TestRule21_OccupantsAreMasked(t *testing.T) {
	d := newDesk(t)
	_, err := d.ListOccupants(d.as("west"), &residentsv1.ListOccupantsRequest{HomeId: "home-east"})
	refused(t, err, registry.ErrHomeUnknown)
	answer, err := d.ListOccupants(d.as("east"), &residentsv1.ListOccupantsRequest{HomeId: "home-east"})
	must(t, err)
	text := masked(t, answer)
	for _, secret := range []string{"13812341234", "13912345678", "安娜娜", "本杰明"} {
		if strings.Contains(text, secret) {
			t.Errorf("tells %s: %s", secret, text)
		}
	}
	if !strings.Contains(text, "138****1234") {
		t.Errorf("the masked phone is missing: %s", text)
	}
}

func masked(t *testing.T, m proto.Message) string {
	t.Helper()
	authz.Mask(m)
	text, err := protojson.Marshal(m)
	must(t, err)
	return string(text)
}

// DOMAIN 21: a reveal needs a reason and is kept for the person to see.
func TestRule21_ARevealIsKept(t *testing.T) {
	d := newDesk(t)
	_, err := d.RevealContact(d.as("west"), &residentsv1.RevealContactRequest{PersonId: "anna", Reason: "好奇"})
	refused(t, err, registry.ErrPersonUnknown)
	contact, err := d.RevealContact(d.as("east"), &residentsv1.RevealContactRequest{PersonId: "anna", Reason: "上门前联系"})
	must(t, err)
	if contact.GetPhone() != "13812341234" {
		t.Errorf("revealed %v", contact)
	}
	seen := func(who string) []*residentsv1.ListRevealsResponse_Reveal {
		answer, err := d.ListReveals(d.as(who), &residentsv1.ListRevealsRequest{})
		must(t, err)
		return answer.GetReveals()
	}
	if got := seen("anna"); len(got) != 1 || got[0].GetByStaffId() != "east" || got[0].GetReason() != "上门前联系" || !got[0].GetAt().AsTime().Equal(start) {
		t.Errorf("anna sees %v", got)
	}
	if got := seen("ben"); len(got) != 0 {
		t.Errorf("ben sees %v", got)
	}
}

// Who has moved away is contacted by nobody of the former district, from the last instant of the role on.
func TestRule21_NobodyRevealsWhoHasMovedAway(t *testing.T) {
	d := newDesk(t)
	reveal := func() error {
		_, err := d.RevealContact(d.as("east"), &residentsv1.RevealContactRequest{PersonId: "ben", Reason: "上门前联系"})
		return err
	}
	d.clock.Set(start.AddDate(0, 0, 1).Add(-time.Microsecond))
	must(t, reveal())
	d.clock.Advance(time.Microsecond)
	refused(t, reveal(), registry.ErrPersonUnknown)
	seen, err := d.ListReveals(d.as("ben"), &residentsv1.ListRevealsRequest{})
	must(t, err)
	if len(seen.GetReveals()) != 1 {
		t.Errorf("ben sees %v", seen.GetReveals())
	}
}

func TestList_OnlyOwnDistricts(t *testing.T) {
	d := newDesk(t)
	for who, want := range map[string]int{"admin": 2, "east": 1, "anna": 0} {
		districts, err := d.ListDistricts(d.as(who), &residentsv1.ListDistrictsRequest{})
		must(t, err)
		homes, err := d.ListHomes(d.as(who), &residentsv1.ListHomesRequest{})
		must(t, err)
		if len(districts.GetDistricts()) != want || len(homes.GetHomes()) != want {
			t.Errorf("%s sees %d districts and %d homes, want %d", who, len(districts.GetDistricts()), len(homes.GetHomes()), want)
		}
	}
	communities, err := d.ListCommunities(d.as("east"), &residentsv1.ListCommunitiesRequest{DistrictId: "west"})
	must(t, err)
	if len(communities.GetCommunities()) != 0 {
		t.Errorf("east sees %v", communities)
	}
}

// A person reads the own name in full; whoever is no person of the register reads none.
func TestGetSelf_IsTheCallersOwn(t *testing.T) {
	d := newDesk(t)
	self, err := d.GetSelf(d.as("anna"), &residentsv1.GetSelfRequest{})
	must(t, err)
	if self.GetPersonId() != "anna" || self.GetName() != "安娜娜" {
		t.Errorf("anna is %v", self)
	}
	for _, other := range []string{"nobody", "east"} {
		_, err := d.GetSelf(d.as(other), &residentsv1.GetSelfRequest{})
		refused(t, err, registry.ErrPersonUnknown)
	}
}
