package dispatch

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/linlihub/linli/libs/authz"
	"github.com/linlihub/linli/libs/bus"
	"github.com/linlihub/linli/libs/clock"
	"github.com/linlihub/linli/libs/embedded"
	"github.com/linlihub/linli/libs/ephemeral"
	"github.com/linlihub/linli/libs/live"
	"github.com/linlihub/linli/libs/outbox"
	"github.com/linlihub/linli/libs/store"
	"github.com/linlihub/linli/libs/store/storetest"
	commonv1 "github.com/linlihub/linli/proto/gen/linli/common/v1"
	dispatchv1 "github.com/linlihub/linli/proto/gen/linli/dispatch/v1"
	hrv1 "github.com/linlihub/linli/proto/gen/linli/hr/v1"
	ticketsv1 "github.com/linlihub/linli/proto/gen/linli/tickets/v1"
	"github.com/linlihub/linli/services/dispatch/board"
	rows "github.com/linlihub/linli/services/dispatch/store"
)

// start is a Monday noon in China.
var start = time.Date(2025, 3, 24, 4, 0, 0, 0, time.UTC)

type desk struct {
	*Desk
	t     *testing.T
	clock *clock.Fake
	told  int
}

func newDesk(t *testing.T, staff ...string) *desk {
	t.Helper()
	return deskOn(t, storetest.Open(t, storetest.SQLite(t)), staff...)
}

func deskOn(t *testing.T, db *store.DB, staff ...string) *desk {
	t.Helper()
	must(t, db.Migrate(t.Context(), migrations, "dispatch"))
	_, err := outbox.Open(t.Context(), db, outbox.Config{Source: "dispatch"})
	must(t, err)
	clk := clock.NewFake(start)
	d := &desk{t: t, clock: clk, Desk: replica(db, clk)}
	for _, s := range staff {
		d.joins(s, []string{"technician"}, "east")
		d.starts(s)
	}
	return d
}

// replica is a process of its own on a database.
func replica(db *store.DB, clk clock.Clock) *Desk {
	r := rows.Store{Settings: board.Settings{}}
	return &Desk{db: db, rows: r, boards: newBoards(db, r), clock: clk, log: slog.New(slog.DiscardHandler)}
}

func (d *desk) message() bus.Message { d.told++; return bus.Message{ID: fmt.Sprint("m", d.told)} }

func (d *desk) joins(id string, roles []string, districts ...string) {
	d.t.Helper()
	must(d.t, d.onStaffChanged(d.t.Context(), d.message(), &hrv1.StaffChanged{
		StaffId: id, Name: id + "师傅", Roles: roles, DistrictIds: districts, Skills: []string{"plumbing"}, Base: point(),
	}))
}

func (d *desk) starts(id string) {
	d.t.Helper()
	must(d.t, d.onDutyStarted(d.t.Context(), d.message(), &hrv1.DutyStarted{StaffId: id, DistrictIds: []string{"east", "west"}, Point: point()}))
}

func point() *commonv1.Point { return &commonv1.Point{Lat: 30.25, Lon: 120.16} }

func (d *desk) head(id string) *ticketsv1.Head {
	return &ticketsv1.Head{TicketId: id, DistrictId: "east", ResidentId: "anna", Category: "plumbing", Priority: 3, Cycle: 1, At: timestamppb.New(d.clock.Now())}
}

func (d *desk) opened(id string) {
	d.t.Helper()
	must(d.t, d.onTicketOpened(d.t.Context(), d.message(), d.ticket(id)))
}

func (d *desk) ticket(id string) *ticketsv1.TicketOpened {
	return &ticketsv1.TicketOpened{
		Head: d.head(id), Skill: "plumbing", Place: &commonv1.Place{HomeId: "home-1", DistrictId: "east", Point: point()},
	}
}

// as is the caller by name: anna and ben are residents, the stewards are of their districts, all others technicians of east.
func (d *desk) as(name string) context.Context {
	p := authz.Principal{Account: "staff:" + name, Staff: name, Roles: []authz.Role{authz.Technician}, Districts: []string{"east"}}
	switch name {
	case "anna", "ben":
		p = authz.Principal{Account: "person:" + name, Person: name, Roles: []authz.Role{authz.Resident}}
	case "east", "west", "north":
		p.Roles, p.Districts = []authz.Role{authz.Steward}, []string{name}
	case "admin":
		p.Roles = []authz.Role{authz.Admin}
	}
	return authz.With(d.t.Context(), p, "")
}

func (d *desk) mine(staff string) []*dispatchv1.Visit {
	d.t.Helper()
	answer, err := d.ListMine(d.as(staff), &dispatchv1.ListMineRequest{})
	must(d.t, err)
	return answer.GetVisits()
}

// events lists the types in the outbox since the staff joined, in order.
func (d *desk) events() (all []string) {
	d.t.Helper()
	must(d.t, d.db.Read(d.t.Context(), func(ctx context.Context, tx *store.Tx) (err error) {
		all, err = store.Collect(ctx, tx, func(row store.Scanner) (s string, err error) { return s, row.Scan(&s) },
			`SELECT type FROM outbox_event ORDER BY id`)
		return err
	}))
	for i, s := range all {
		all[i] = s[len("linli.dispatch.v1."):]
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

// DOMAIN 4: 200 parallel grabs, through two replicas of the service: exactly one success, one event.
func TestRule4_TwoHundredGrabsOneWinner(t *testing.T) {
	var staff []string
	for i := range 20 {
		staff = append(staff, fmt.Sprintf("staff-%02d", i))
	}
	d := newDesk(t, staff...)
	d.opened("leak")
	for range 2 { // two silences, then everybody is asked
		d.clock.Advance(3 * time.Minute)
		must(t, d.sweepAll(t.Context(), true, true))
	}
	visit := d.mine(staff[0])[0].GetId()
	before := len(d.events())
	replicas := []*Desk{d.Desk, replica(d.db, d.clock)}
	var wg sync.WaitGroup
	errs := make([]error, 200)
	for i := range errs {
		wg.Go(func() {
			_, errs[i] = replicas[i%2].Accept(d.as(staff[i%len(staff)]), &dispatchv1.AcceptRequest{Id: visit})
		})
	}
	wg.Wait()
	won := 0
	for _, err := range errs {
		switch {
		case err == nil:
			won++
		case !errors.Is(err, board.ErrTaken) && !errors.Is(err, board.ErrWrongState): // the winner's own second tap
			t.Errorf("a loser hears %v", err)
		}
	}
	if got := d.events()[before:]; won != 1 || !slices.Equal(got, []string{"VisitAccepted"}) {
		t.Errorf("%d won, told %v", won, got)
	}
}

func TestVisit_IsUnknownToWhomItDoesNotConcern(t *testing.T) {
	d := newDesk(t, "liu")
	d.opened("leak")
	id := d.mine("liu")[0].GetId()
	for _, who := range []string{"wang", "anna"} {
		_, err := d.Get(d.as(who), &dispatchv1.GetRequest{Id: id})
		refused(t, err, board.ErrVisitUnknown)
		_, err = d.Accept(d.as(who), &dispatchv1.AcceptRequest{Id: id})
		refused(t, err, board.ErrVisitUnknown)
	}
	if len(d.mine("wang")) != 0 {
		t.Error("wang sees liu's offer")
	}
}

func TestVisit_WhatIsOverSaysWhy(t *testing.T) {
	d := newDesk(t, "liu")
	d.opened("leak")
	id := d.mine("liu")[0].GetId()
	d.clock.Advance(3 * time.Minute)
	must(t, d.sweepAll(t.Context(), true, true))
	_, err := d.Accept(d.as("liu"), &dispatchv1.AcceptRequest{Id: id})
	refused(t, err, board.ErrOfferExpired)
	again := d.mine("liu")[0].GetId()
	must(t, d.onTicketCancelled(t.Context(), d.message(), &ticketsv1.TicketCancelled{Head: d.head("leak")}))
	_, err = d.Accept(d.as("liu"), &dispatchv1.AcceptRequest{Id: again})
	refused(t, err, board.ErrVisitOver)
}

// A refusal in the middle leaves the board in memory as the database has it.
func TestChange_ARefusalLeavesNoTrace(t *testing.T) {
	d := newDesk(t, "liu")
	d.opened("leak")
	broken := errors.New("after the board was changed")
	_, err := change(t.Context(), d.boards, "east", func(_ context.Context, _ *store.Tx, b *board.Board) (*dispatchv1.Visit, error) {
		b.JobClosed("leak", "cancelled", start)
		return nil, broken
	})
	refused(t, err, broken)
	if got := d.mine("liu"); len(got) != 1 {
		t.Fatalf("liu has %v", got)
	}
	_, err = d.Accept(d.as("liu"), &dispatchv1.AcceptRequest{Id: d.mine("liu")[0].GetId()})
	must(t, err)
	if got := d.events(); !slices.Equal(got, []string{"VisitOffered", "VisitAccepted"}) {
		t.Errorf("told %v", got)
	}
}

func TestLearn_TwiceIsOnce(t *testing.T) {
	d := newDesk(t, "liu")
	e := &ticketsv1.TicketOpened{Head: d.head("leak"), Skill: "plumbing", Place: &commonv1.Place{DistrictId: "east"}}
	for range 2 {
		must(t, d.onTicketOpened(t.Context(), bus.Message{ID: "same"}, e))
	}
	if got := d.events(); !slices.Equal(got, []string{"VisitOffered"}) {
		t.Errorf("told %v", got)
	}
}

// DOMAIN 9: who no longer works in a district, or no longer goes out at all, is not sent there any more.
func TestRule9_WhoLeftTheDistrictIsNotSentThere(t *testing.T) {
	for name, leave := range map[string]func(*desk){
		"another district": func(d *desk) { d.joins("liu", []string{"technician"}, "west") },
		"another role":     func(d *desk) { d.joins("liu", []string{"steward"}, "east") },
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t, "liu")
			leave(d)
			d.opened("leak")
			if got := d.events(); !slices.Equal(got, []string{"NoCandidate"}) {
				t.Errorf("told %v", got)
			}
		})
	}
}

func TestAssign_OnlyInOwnDistricts(t *testing.T) {
	d := newDesk(t)
	d.opened("leak")
	d.joins("liu", []string{"technician"}, "east")
	d.starts("liu")
	visit := d.mine("liu")[0]
	_, err := d.Decline(d.as("liu"), &dispatchv1.DeclineRequest{Id: visit.GetId()})
	must(t, err)
	req := &dispatchv1.AssignRequest{TicketId: "leak", StaffId: "liu", Reason: "住户认识他"}
	_, err = d.Assign(d.as("west"), req)
	refused(t, err, board.ErrJobUnknown)
	_, err = d.Assign(d.as("east"), req)
	must(t, err)
	boards := &Boards{desk: d.Desk}
	_, err = boards.ListDecisions(d.as("west"), &dispatchv1.ListDecisionsRequest{TicketId: "leak"})
	refused(t, err, board.ErrJobUnknown)
	told, err := boards.ListDecisions(d.as("east"), &dispatchv1.ListDecisionsRequest{TicketId: "leak"})
	must(t, err)
	if got := told.GetDecisions(); len(got) != 2 || got[1].GetBy() != "east" || got[1].GetReason() != "住户认识他" || len(got[1].GetParts()) == 0 {
		t.Errorf("explained %v", got)
	}
	_, err = boards.Get(d.as("west"), &dispatchv1.GetBoardRequest{DistrictId: "east"})
	if err == nil {
		t.Error("west sees the board of east")
	}
}

// DOMAIN 20: where a technician is, is told to that resident alone, and only from departing to arriving.
func TestRule20_APositionIsSharedOnTheWayOnly(t *testing.T) {
	d := newDesk(t, "liu")
	p := d.positions()
	d.opened("leak")
	req := &dispatchv1.AcceptRequest{Id: d.mine("liu")[0].GetId()}
	seen := func(who string) error {
		t.Helper()
		_, err := p.Report(d.as("liu"), &dispatchv1.ReportPositionRequest{Point: &commonv1.Point{Lat: 30.26, Lon: 120.17}})
		must(t, err)
		_, err = p.Get(d.as(who), &dispatchv1.GetPositionRequest{TicketId: "leak"})
		return err
	}
	refused(t, seen("anna"), errPosition)
	_, err := d.Accept(d.as("liu"), req)
	must(t, err)
	refused(t, seen("anna"), errPosition)
	_, err = d.Depart(d.as("liu"), &dispatchv1.DepartRequest{Id: req.GetId()})
	must(t, err)
	must(t, seen("anna"))
	refused(t, seen("ben"), errPosition)
	refused(t, seen("east"), errPosition)
	_, err = d.Arrive(d.as("liu"), &dispatchv1.ArriveRequest{Id: req.GetId()})
	must(t, err)
	refused(t, seen("anna"), errPosition)
}

// Who has nothing to do is told where to wait; it vanishes with the next offer, and when they say that they are there.
func TestListMine_AdvisesWhereToWait(t *testing.T) {
	d := newDesk(t)
	yonder := &commonv1.Point{Lat: 30.28, Lon: 120.16}
	for i := range 20 {
		ticket := d.ticket(fmt.Sprint("old", i))
		ticket.Place.Point, ticket.Place.CommunityId = yonder, "spring"
		must(t, d.onTicketOpened(t.Context(), d.message(), ticket))
		must(t, d.onTicketCancelled(t.Context(), d.message(), &ticketsv1.TicketCancelled{Head: ticket.GetHead()}))
		d.clock.Advance(3 * time.Minute)
	}
	d.joins("liu", []string{"technician"}, "east")
	d.starts("liu")
	advice := func() *dispatchv1.Advice {
		answer, err := d.ListMine(d.as("liu"), &dispatchv1.ListMineRequest{})
		must(t, err)
		return answer.GetAdvice()
	}
	if a := advice(); a.GetCommunityId() != "spring" || a.GetPoint().GetLat() != yonder.GetLat() || !a.GetAt().AsTime().Equal(d.clock.Now()) {
		t.Fatalf("advised %v", a)
	}
	_, err := d.positions().Report(d.as("liu"), &dispatchv1.ReportPositionRequest{Point: yonder})
	must(t, err)
	if a := advice(); a != nil {
		t.Errorf("still advised %v", a)
	}
	d.opened("leak")
	if a := advice(); a != nil || len(d.mine("liu")) != 1 {
		t.Errorf("advised %v beside an offer", a)
	}
}

func (d *desk) positions() *Positions {
	d.t.Helper()
	redis, err := embedded.StartRedis(d.t.Context())
	must(d.t, err)
	client := ephemeral.Open(ephemeral.Config{Addr: redis.Addr()})
	d.t.Cleanup(func() {
		if err := errors.Join(client.Close(), redis.Close()); err != nil {
			d.t.Error(err)
		}
	})
	return &Positions{desk: d.Desk, company: "demo", redis: client, channel: live.Open(client, "demo", d.log), log: d.log}
}
