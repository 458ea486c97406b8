package hr

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/linlihub/linli/libs/authz"
	"github.com/linlihub/linli/libs/clock"
	"github.com/linlihub/linli/libs/outbox"
	"github.com/linlihub/linli/libs/seal"
	"github.com/linlihub/linli/libs/store"
	"github.com/linlihub/linli/libs/store/storetest"
	commonv1 "github.com/linlihub/linli/proto/gen/linli/common/v1"
	hrv1 "github.com/linlihub/linli/proto/gen/linli/hr/v1"
	identityv1 "github.com/linlihub/linli/proto/gen/linli/identity/v1"
	"github.com/linlihub/linli/services/hr/staff"
	rows "github.com/linlihub/linli/services/hr/store"
)

// start is a Monday, 09:00 in China.
var start = time.Date(2025, 3, 24, 1, 0, 0, 0, time.UTC)

type desk struct {
	*Desk
	t     *testing.T
	clock *clock.Fake
}

// newDesk has liu, a technician of east who works from 8 to 17 on Mondays.
func newDesk(t *testing.T) *desk {
	t.Helper()
	db := storetest.Open(t, storetest.SQLite(t))
	must(t, db.Migrate(t.Context(), migrations, "hr"))
	_, err := outbox.Open(t.Context(), db, outbox.Config{Source: "hr"})
	must(t, err)
	box, err := seal.New(seal.NewKey())
	must(t, err)
	clk := clock.NewFake(start)
	d := &desk{&Desk{db: db, rows: rows.Store{Box: box}, clock: clk, accounts: &safe{}}, t, clk}
	must(t, d.imports(&hrv1.NewEmployee{Employee: liu(), Username: "liu", Password: "correct horse"}))
	return d
}

// safe keeps passwords as identity does.
type safe struct{ passwords []string }

// Deposit answers a reference for each.
func (s *safe) Deposit(_ context.Context, req *identityv1.DepositRequest, _ ...grpc.CallOption) (*identityv1.DepositResponse, error) {
	answer := &identityv1.DepositResponse{}
	for _, secret := range req.GetSecrets() {
		s.passwords = append(s.passwords, secret.GetPassword())
		answer.References = append(answer.References, fmt.Sprint("deposit ", len(s.passwords)))
	}
	return answer, nil
}

func liu() *hrv1.Employee {
	return &hrv1.Employee{
		Id: "liu", Name: "刘师傅", FullName: "刘德山", Phone: "13812341234", Roles: []string{"technician"}, DistrictIds: []string{"east"},
		Skills: []string{"electrical"}, Base: &commonv1.Point{Lat: 30.25, Lon: 120.16},
		Shifts: []*hrv1.Shift{{Weekday: 1, StartMinute: 480, EndMinute: 1020}},
	}
}

func (d *desk) imports(all ...*hrv1.NewEmployee) error {
	_, err := d.Import(d.as("admin"), &hrv1.ImportRequest{Staff: all})
	return err
}

func (d *desk) as(name string) context.Context {
	p := authz.Principal{Account: "staff:" + name, Staff: name, Roles: []authz.Role{authz.Technician}, Districts: []string{"east"}}
	switch name {
	case "admin":
		p.Roles = []authz.Role{authz.Admin}
	case "manager":
		p.Roles = []authz.Role{authz.Manager}
	case "west":
		p.Roles, p.Districts = []authz.Role{authz.Manager}, []string{"west"}
	}
	return authz.With(d.t.Context(), p, "")
}

// told lists the types in the outbox, in order.
func (d *desk) told() (all []string) {
	d.t.Helper()
	must(d.t, d.db.Read(d.t.Context(), func(ctx context.Context, tx *store.Tx) (err error) {
		all, err = store.Collect(ctx, tx, func(row store.Scanner) (s string, err error) { return s, row.Scan(&s) },
			`SELECT type FROM outbox_event ORDER BY id`)
		return err
	}))
	for i, s := range all {
		all[i] = s[len("linli.hr.v1."):]
	}
	return all
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

func TestImport_IsAllOrNothing(t *testing.T) {
	d := newDesk(t)
	before := d.told()
	if !slices.Equal(before, []string{"StaffChanged", "StaffAccountRequested"}) {
		t.Errorf("told %v", before)
	}
	wang := &hrv1.Employee{Id: "wang", Name: "王师傅", DistrictIds: []string{"east"}}
	refused(t, d.imports(&hrv1.NewEmployee{Employee: wang, Username: "wang", Password: "short"}), staff.ErrPassword)
	refused(t, d.imports(&hrv1.NewEmployee{Employee: wang, Username: "liu", Password: "correct horse"}), staff.ErrUsernameTaken)
	wang.Certificates = []*hrv1.Certificate{{Skill: "lift", ValidFrom: timestamppb.New(start), ValidUntil: timestamppb.New(start)}}
	refused(t, d.imports(&hrv1.NewEmployee{Employee: liu()}, &hrv1.NewEmployee{Employee: wang}), staff.ErrDates)
	if got := d.told(); !slices.Equal(got, before) {
		t.Errorf("refused imports told %v", got)
	}
	_, err := d.Get(d.as("admin"), &hrv1.GetRequest{Id: "wang"})
	refused(t, err, staff.ErrUnknown)
}

// A password goes to identity alone: what is told of an account is whose it is and where the password lies.
func TestImport_TellsNoPassword(t *testing.T) {
	d := newDesk(t)
	kept := d.accounts.(*safe)
	must(t, d.imports(
		&hrv1.NewEmployee{Employee: &hrv1.Employee{Id: "qian", Name: "钱师傅"}},
		&hrv1.NewEmployee{Employee: &hrv1.Employee{Id: "sun", Name: "孙师傅"}, Username: "sun", Password: "battery staple"},
	))
	if !slices.Equal(kept.passwords, []string{"correct horse", "battery staple"}) {
		t.Errorf("deposited %v", kept.passwords)
	}
	var requested hrv1.StaffAccountRequested
	must(t, d.db.Read(t.Context(), func(ctx context.Context, tx *store.Tx) error {
		var data []byte
		if err := tx.QueryRow(ctx, `SELECT data FROM outbox_event ORDER BY id DESC LIMIT 1`).Scan(&data); err != nil {
			return err
		}
		return proto.Unmarshal(data, &requested)
	}))
	want := &hrv1.StaffAccountRequested{StaffId: "sun", Username: "sun", Deposit: "deposit 2", At: timestamppb.New(start)}
	if !proto.Equal(&requested, want) {
		t.Errorf("told %v, want %v", &requested, want)
	}
}

func TestDuty_FromTheTapToTheEnd(t *testing.T) {
	d := newDesk(t)
	duty := &Duty{desk: d.Desk}
	for range 2 { // starting twice is starting once
		state, err := duty.Start(d.as("liu"), &hrv1.StartDutyRequest{})
		must(t, err)
		if !state.GetOnDuty() || !state.GetUntil().AsTime().Equal(start.Add(8*time.Hour)) {
			t.Errorf("on duty %v", state)
		}
	}
	must(t, d.imports(&hrv1.NewEmployee{Employee: liu()})) // a correction sends nobody home
	mine, err := duty.GetMine(d.as("liu"), &hrv1.GetMyDutyRequest{})
	must(t, err)
	if !mine.GetOnDuty() {
		t.Error("an import ended the duty")
	}
	for range 2 {
		_, err = duty.End(d.as("liu"), &hrv1.EndDutyRequest{})
		must(t, err)
	}
	want := []string{"StaffChanged", "StaffAccountRequested", "DutyStarted", "StaffChanged", "DutyEnded"}
	if got := d.told(); !slices.Equal(got, want) {
		t.Errorf("told %v, want %v", got, want)
	}
	_, err = duty.Start(d.as("nobody"), &hrv1.StartDutyRequest{})
	refused(t, err, staff.ErrUnknown)
}

// Who forgot to end yesterday's duty starts today's all the same: dispatch counts nobody beyond the planned end.
func TestDuty_AForgottenEndDoesNotKeepOneFromStarting(t *testing.T) {
	d := newDesk(t)
	duty := &Duty{desk: d.Desk}
	_, err := duty.Start(d.as("liu"), &hrv1.StartDutyRequest{})
	must(t, err)
	d.clock.Set(start.AddDate(0, 0, 7))
	mine, err := duty.GetMine(d.as("liu"), &hrv1.GetMyDutyRequest{})
	must(t, err)
	onDuty, err := d.List(d.as("admin"), &hrv1.ListRequest{OnDutyOnly: true})
	must(t, err)
	if mine.GetOnDuty() || len(onDuty.GetStaff()) != 0 {
		t.Errorf("a week later the duty goes on: %v, %v", mine, onDuty)
	}
	state, err := duty.Start(d.as("liu"), &hrv1.StartDutyRequest{})
	must(t, err)
	if !state.GetUntil().AsTime().Equal(start.AddDate(0, 0, 7).Add(8 * time.Hour)) {
		t.Errorf("on duty %v", state)
	}
	started := slices.DeleteFunc(d.told(), func(s string) bool { return s != "DutyStarted" })
	if len(started) != 2 {
		t.Errorf("told %d starts", len(started))
	}
}

// DOMAIN 24: certificates gate dispatch, which hears of each at once.
func TestRule24_ACertificateIsToldAtOnce(t *testing.T) {
	d := newDesk(t)
	set := func(who string, until time.Time) error {
		_, err := d.SetCertificate(d.as(who), &hrv1.SetCertificateRequest{StaffId: "liu", Certificate: &hrv1.Certificate{
			Skill: "electrical", Name: "低压电工", ValidFrom: timestamppb.New(start), ValidUntil: timestamppb.New(until),
		}})
		return err
	}
	refused(t, set("west", start.AddDate(3, 0, 0)), staff.ErrUnknown)
	refused(t, set("manager", start), staff.ErrDates)
	must(t, set("manager", start.AddDate(3, 0, 0)))
	must(t, set("manager", start.AddDate(6, 0, 0)))
	e, err := d.Get(d.as("manager"), &hrv1.GetRequest{Id: "liu"})
	must(t, err)
	if c := e.GetCertificates(); len(c) != 1 || !c[0].GetValidUntil().AsTime().Equal(start.AddDate(6, 0, 0)) {
		t.Errorf("certificates %v", c)
	}
	if got := d.told(); !slices.Equal(got[2:], []string{"CertificateChanged", "CertificateChanged"}) {
		t.Errorf("told %v", got)
	}
}

func TestList_ColleaguesOfOwnDistricts(t *testing.T) {
	d := newDesk(t)
	for who, want := range map[string]int{"admin": 1, "manager": 1, "liu": 1, "west": 0} {
		all, err := d.List(d.as(who), &hrv1.ListRequest{Skill: "electrical"})
		must(t, err)
		if len(all.GetStaff()) != want {
			t.Errorf("%s sees %d", who, len(all.GetStaff()))
		}
		if want == 0 {
			_, err = d.Get(d.as(who), &hrv1.GetRequest{Id: "liu"})
			refused(t, err, staff.ErrUnknown)
		}
	}
	for _, req := range []*hrv1.ListRequest{{Skill: "gas"}, {DistrictId: "west"}, {OnDutyOnly: true}} {
		all, err := d.List(d.as("admin"), req)
		must(t, err)
		if len(all.GetStaff()) != 0 {
			t.Errorf("%v finds %v", req, all.GetStaff())
		}
	}
}
