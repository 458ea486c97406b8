package identity

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/linlihub/linli/libs/authz"
	"github.com/linlihub/linli/libs/bus"
	"github.com/linlihub/linli/libs/clock"
	"github.com/linlihub/linli/libs/embedded"
	"github.com/linlihub/linli/libs/ephemeral"
	"github.com/linlihub/linli/libs/fault"
	"github.com/linlihub/linli/libs/outbox"
	"github.com/linlihub/linli/libs/seal"
	"github.com/linlihub/linli/libs/store"
	"github.com/linlihub/linli/libs/store/storetest"
	hrv1 "github.com/linlihub/linli/proto/gen/linli/hr/v1"
	identityv1 "github.com/linlihub/linli/proto/gen/linli/identity/v1"
	residentsv1 "github.com/linlihub/linli/proto/gen/linli/residents/v1"
	"github.com/linlihub/linli/services/identity/account"
)

const phone = "13812341234"

var start = time.Date(2025, 3, 24, 1, 0, 0, 0, time.UTC)

// desk is a Desk on a real database and a real Redis, with a clock that the test moves and the phones of a town.
type desk struct {
	*Desk
	t     *testing.T
	clock *clock.Fake
	sent  *phones
	told  int
}

// phones keep the last code that each got.
type phones struct {
	mu    sync.Mutex
	codes map[string]string
}

// register knows the names of some residents.
type register map[string]string

func (r register) GetSelf(ctx context.Context, _ *residentsv1.GetSelfRequest, _ ...grpc.CallOption) (*residentsv1.Self, error) {
	if name, known := r[authz.From(ctx).Person]; known {
		return &residentsv1.Self{Name: name}, nil
	}
	return nil, fault.Unavailable
}

// Send keeps the code.
func (p *phones) Send(_ context.Context, phone, code string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.codes[phone] = code
	return nil
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	db := storetest.Open(t, storetest.SQLite(t))
	must(t, db.Migrate(t.Context(), migrations, "identity"))
	_, err := outbox.Open(t.Context(), db, outbox.Config{Source: "identity"})
	must(t, err)
	box, err := seal.New(seal.NewKey())
	must(t, err)
	keys, err := openKeyring(t.Context(), db, box, keyPolicy{life: testLife}, start)
	must(t, err)
	decoy, err := seal.HashPassword("nobody's password")
	must(t, err)
	redis, err := embedded.StartRedis(t.Context())
	must(t, err)
	client := ephemeral.Open(ephemeral.Config{Addr: redis.Addr()})
	t.Cleanup(func() {
		if err := errors.Join(client.Close(), redis.Close()); err != nil {
			t.Error(err)
		}
	})
	d := &desk{t: t, clock: clock.NewFake(start), sent: &phones{codes: map[string]string{}}}
	d.Desk = &Desk{
		db: db, box: box, keys: keys, wall: d.clock, sender: d.sent, throttle: throttle{client, "demo"},
		company: "demo", resend: time.Minute, decoy: decoy,
		people: register{"anna": "安娜"}, log: slog.New(slog.DiscardHandler),
	}
	return d
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

func (d *desk) message() bus.Message {
	d.told++
	return bus.Message{ID: time.Duration(d.told).String()}
}

// registered lets residents tell of a person with a phone.
func (d *desk) registered(person, phone string) {
	d.t.Helper()
	hash := ""
	if phone != "" {
		hash = d.box.Lookup(phone)
	}
	must(d.t, d.onPersonRegistered(d.t.Context(), d.message(), &residentsv1.PersonRegistered{
		PersonId: person, PhoneHash: hash, At: timestamppb.New(start),
	}))
}

// hired lets hr tell of an employee who may sign in.
func (d *desk) hired(id, password string, roles ...string) {
	d.t.Helper()
	kept, err := (&Accounts{desk: d.Desk}).Deposit(d.t.Context(), &identityv1.DepositRequest{Secrets: []*identityv1.DepositRequest_Secret{{Password: password}}})
	must(d.t, err)
	must(d.t, d.onStaffChanged(d.t.Context(), d.message(), &hrv1.StaffChanged{StaffId: id, Name: "刘师傅", Roles: roles, DistrictIds: []string{"east"}}))
	must(d.t, d.onStaffAccountRequested(d.t.Context(), d.message(), &hrv1.StaffAccountRequested{
		StaffId: id, Username: id, Deposit: kept.GetReferences()[0], At: timestamppb.New(start),
	}))
}

// A password is set by whoever deposited it, once: an event without a deposit, or with one that is claimed, changes nothing.
func TestADepositIsGoodOnce(t *testing.T) {
	d := newDesk(t)
	kept, err := (&Accounts{desk: d.Desk}).Deposit(t.Context(), &identityv1.DepositRequest{Secrets: []*identityv1.DepositRequest_Secret{
		{Password: "correct horse"}, {Password: "battery staple"},
	}})
	must(t, err)
	request := func(staff, deposit string) error {
		return d.onStaffAccountRequested(t.Context(), d.message(), &hrv1.StaffAccountRequested{StaffId: staff, Username: staff, Deposit: deposit, At: timestamppb.New(start)})
	}
	must(t, request("liu", kept.GetReferences()[1]))
	refused(t, request("wang", kept.GetReferences()[1]), account.ErrDeposit)
	refused(t, request("wang", ""), account.ErrDeposit)
	if !bus.IsPermanent(request("wang", "none")) {
		t.Error("a deposit that is not there is asked for again and again")
	}
	_, err = d.byName("liu", "battery staple")
	must(t, err)
	for name, password := range map[string]string{"liu": "correct horse", "wang": "battery staple"} {
		_, err = d.byName(name, password)
		refused(t, err, account.ErrCredentials)
	}
}

// code asks for a code and answers what the phone shows.
func (d *desk) code(phone string) string {
	d.t.Helper()
	_, err := d.RequestOtp(d.t.Context(), &identityv1.RequestOtpRequest{Phone: phone})
	must(d.t, err)
	return d.sent.codes[phone]
}

func (d *desk) byPhone(phone, code string) (*identityv1.Session, error) {
	return d.Create(d.t.Context(), &identityv1.CreateSessionRequest{Phone: phone, Code: code})
}

func (d *desk) byName(name, password string) (*identityv1.Session, error) {
	return d.Create(d.t.Context(), &identityv1.CreateSessionRequest{Username: name, Password: password})
}

func (d *desk) refresh(token string) (*identityv1.Session, error) {
	return d.Refresh(d.t.Context(), &identityv1.RefreshSessionRequest{RefreshToken: token})
}

func wrong(code string) string {
	if code == "000000" {
		return "000001"
	}
	return "000000"
}

func TestRequestOtp_OncePerMinuteAndPhone(t *testing.T) {
	d := newDesk(t)
	first := d.code(phone)
	_, err := d.RequestOtp(t.Context(), &identityv1.RequestOtpRequest{Phone: phone})
	refused(t, err, account.ErrTooSoon)
	if d.sent.codes[phone] != first {
		t.Error("a refused request sent a code")
	}
	d.code("13900000000") // another phone waits for nobody
	d.clock.Advance(time.Minute)
	d.code(phone)
}

func TestCreate_ACodeWorksOnceAndForItsPhone(t *testing.T) {
	d := newDesk(t)
	d.registered("anna", phone)
	code := d.code(phone)
	_, err := d.byPhone("13900000000", code)
	refused(t, err, account.ErrCredentials)
	session, err := d.byPhone(phone, code)
	must(t, err)
	if session.GetMe().GetPersonId() != "anna" || session.GetAccessToken() == "" {
		t.Errorf("signed in as %v", session.GetMe())
	}
	_, err = d.byPhone(phone, code)
	refused(t, err, account.ErrCredentials)
}

// Guesses are counted also when they come at once; after five the right code is worth nothing.
func TestCreate_FiveWrongGuessesSpendACode(t *testing.T) {
	d := newDesk(t)
	d.registered("anna", phone)
	code := d.code(phone)
	var wg sync.WaitGroup
	for range account.CodeTries {
		wg.Go(func() {
			if _, err := d.byPhone(phone, wrong(code)); !errors.Is(err, account.ErrCredentials) {
				t.Errorf("a wrong guess hears %v", err)
			}
		})
	}
	wg.Wait()
	_, err := d.byPhone(phone, code)
	refused(t, err, account.ErrCredentials)
	d.clock.Advance(time.Minute)
	_, err = d.byPhone(phone, d.code(phone))
	must(t, err)
}

func TestCreate_ACodeLapses(t *testing.T) {
	d := newDesk(t)
	d.registered("anna", phone)
	code := d.code(phone)
	d.clock.Advance(account.CodeLife)
	_, err := d.byPhone(phone, code)
	refused(t, err, account.ErrCredentials)
}

// Nobody learns who lives here: an unknown phone gets a code, and the right code of an unknown phone is a wrong one.
func TestCreate_AnUnknownPhoneLooksLikeAnyOther(t *testing.T) {
	d := newDesk(t)
	_, err := d.byPhone(phone, d.code(phone))
	refused(t, err, account.ErrCredentials)
	_, err = d.byName("nobody", "whatever")
	refused(t, err, account.ErrCredentials)
	for _, req := range []*identityv1.CreateSessionRequest{{}, {Phone: phone}, {Phone: phone, Code: "1", Username: "a", Password: "b"}} {
		_, err := d.Create(t.Context(), req)
		refused(t, err, account.ErrChoose)
	}
}

func TestCreate_PasswordsAreThrottled(t *testing.T) {
	d := newDesk(t)
	d.hired("liu", "correct horse", "technician")
	session, err := d.byName("liu", "correct horse")
	must(t, err)
	if me := session.GetMe(); me.GetStaffId() != "liu" || len(me.GetRoles()) != 1 || me.GetDistrictIds()[0] != "east" {
		t.Errorf("signed in as %v", me)
	}
	for range triesAllowed {
		_, err = d.byName("liu", "wrong")
		refused(t, err, account.ErrCredentials)
	}
	_, err = d.byName("liu", "correct horse")
	refused(t, err, account.ErrTooMany)
}

// A resident is called by the name in the register, and is let in all the same while the register is away.
func TestGetMe_CallsAResidentByName(t *testing.T) {
	d := newDesk(t)
	for want, who := range map[string]authz.Principal{
		"安娜":  {Account: "person:anna", Person: "anna", Roles: []authz.Role{authz.Resident}},
		"":    {Account: "person:ben", Person: "ben", Roles: []authz.Role{authz.Resident}},
		"刘师傅": {Account: "staff:liu", Staff: "liu", Name: "刘师傅", Roles: []authz.Role{authz.Technician}},
	} {
		me, err := d.GetMe(authz.With(t.Context(), who, ""), &identityv1.GetMeRequest{})
		must(t, err)
		if me.GetName() != want || me.GetAccountId() != who.Account || len(me.GetPermissions()) == 0 {
			t.Errorf("%s is %v", who.Account, me)
		}
	}
}

func TestRefresh_ATokenIsSpentOnce(t *testing.T) {
	d := newDesk(t)
	d.registered("anna", phone)
	first, err := d.byPhone(phone, d.code(phone))
	must(t, err)
	second, err := d.refresh(first.GetRefreshToken())
	must(t, err)
	third, err := d.refresh(second.GetRefreshToken())
	must(t, err)
	_, err = d.refresh(second.GetRefreshToken()) // whoever comes with it, it was stolen from somebody
	refused(t, err, account.ErrSession)
	_, err = d.refresh(third.GetRefreshToken())
	refused(t, err, account.ErrSession)
}

func TestRefresh_OfManyAtOnceOneSucceeds(t *testing.T) {
	d := newDesk(t)
	d.registered("anna", phone)
	session, err := d.byPhone(phone, d.code(phone))
	must(t, err)
	var wg sync.WaitGroup
	errs := make([]error, 8)
	for i := range errs {
		wg.Go(func() { _, errs[i] = d.refresh(session.GetRefreshToken()) })
	}
	wg.Wait()
	won := 0
	for _, err := range errs {
		if err == nil {
			won++
		} else {
			refused(t, err, account.ErrSession)
		}
	}
	if won != 1 {
		t.Errorf("%d of %d succeeded", won, len(errs))
	}
}

func TestSession_EndsByTimeAndByItsOwner(t *testing.T) {
	d := newDesk(t)
	d.registered("anna", phone)
	session, err := d.byPhone(phone, d.code(phone))
	must(t, err)
	end := func(accountID string) {
		ctx := authz.With(t.Context(), authz.Principal{Account: accountID}, "")
		_, err := d.End(ctx, &identityv1.EndSessionRequest{RefreshToken: session.GetRefreshToken()})
		must(t, err)
	}
	end(account.OfPerson("ben")) // another's token ends nothing
	session, err = d.refresh(session.GetRefreshToken())
	must(t, err)
	end(account.OfPerson("anna"))
	_, err = d.refresh(session.GetRefreshToken())
	refused(t, err, account.ErrSession)

	d.clock.Advance(time.Minute)
	session, err = d.byPhone(phone, d.code(phone))
	must(t, err)
	d.clock.Advance(account.SessionLife)
	_, err = d.refresh(session.GetRefreshToken())
	refused(t, err, account.ErrSession)
}

// A number that was given to somebody else signs in as them; what a role lost is lost at the next refresh.
func TestLinking_FollowsPhonesAndRoles(t *testing.T) {
	d := newDesk(t)
	d.registered("anna", phone)
	d.registered("anna", "")
	d.registered("ben", phone)
	session, err := d.byPhone(phone, d.code(phone))
	must(t, err)
	if session.GetMe().GetPersonId() != "ben" {
		t.Errorf("signed in as %v", session.GetMe())
	}
	d.hired("liu", "correct horse", "manager", "technician")
	session, err = d.byName("liu", "correct horse")
	must(t, err)
	must(t, d.onStaffChanged(t.Context(), d.message(), &hrv1.StaffChanged{StaffId: "liu", Roles: []string{"technician"}}))
	session, err = d.refresh(session.GetRefreshToken())
	must(t, err)
	if me := session.GetMe(); len(me.GetRoles()) != 1 || me.GetRoles()[0] != "technician" || len(me.GetDistrictIds()) != 0 {
		t.Errorf("refreshed as %v", me)
	}
}

// An event that comes twice links once.
func TestLinking_TwiceIsOnce(t *testing.T) {
	d := newDesk(t)
	e := &residentsv1.PersonRegistered{PersonId: "anna", PhoneHash: d.box.Lookup(phone), At: timestamppb.New(start)}
	for range 2 {
		must(t, d.onPersonRegistered(t.Context(), bus.Message{ID: "same"}, e))
	}
	var n int
	must(t, d.db.Read(t.Context(), func(ctx context.Context, tx *store.Tx) error {
		return tx.QueryRow(ctx, `SELECT COUNT(*) FROM outbox_event WHERE type = 'linli.identity.v1.AccountLinked'`).Scan(&n)
	}))
	if n != 1 {
		t.Errorf("told %d times", n)
	}
}
