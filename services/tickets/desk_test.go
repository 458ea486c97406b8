package tickets

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/linlihub/linli/libs/authz"
	"github.com/linlihub/linli/libs/bus"
	"github.com/linlihub/linli/libs/clock"
	"github.com/linlihub/linli/libs/fault"
	"github.com/linlihub/linli/libs/outbox"
	"github.com/linlihub/linli/libs/page"
	"github.com/linlihub/linli/libs/store"
	"github.com/linlihub/linli/libs/store/storetest"
	commonv1 "github.com/linlihub/linli/proto/gen/linli/common/v1"
	dispatchv1 "github.com/linlihub/linli/proto/gen/linli/dispatch/v1"
	residentsv1 "github.com/linlihub/linli/proto/gen/linli/residents/v1"
	ticketsv1 "github.com/linlihub/linli/proto/gen/linli/tickets/v1"
	"github.com/linlihub/linli/services/tickets/policy"
	rows "github.com/linlihub/linli/services/tickets/store"
	"github.com/linlihub/linli/services/tickets/ticket"
)

// nineAM is a Monday in China.
var nineAM = time.Date(2025, 3, 24, 1, 0, 0, 0, time.UTC)

// desk is a Desk on a real database, whose clock the test moves.
type desk struct {
	*Desk
	t     *testing.T
	clock *clock.Fake
	told  int
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	db := storetest.Open(t, storetest.SQLite(t))
	if err := db.Migrate(t.Context(), migrations, "tickets"); err != nil {
		t.Fatal(err)
	}
	if _, err := outbox.Open(t.Context(), db, outbox.Config{Source: "tickets"}); err != nil {
		t.Fatal(err)
	}
	clk := clock.NewFake(nineAM)
	return &desk{t: t, clock: clk, Desk: &Desk{
		db: db, rows: rows.Store{Policies: policy.Default()}, clock: clk, log: slog.New(slog.DiscardHandler), homes: register{clock: clk},
		policies: policy.Default(), policyID: policy.Standard, woken: make(chan struct{}, 1),
	}}
}

// register is the town as residents would tell of it: home-1 and home-2 in one building of east, home-9 in west. Nothing
// else of the client is called here.
type register struct {
	residentsv1.RegistryClient
	clock clock.Clock
}

var (
	homeOf   = map[string]string{"anna": "home-1", "ben": "home-2", "zoe": "home-9"}
	district = map[string]string{"home-1": "east", "home-2": "east", "home-9": "west"}
	errHome  = fault.Define(fault.NotFound, "residents.home_not_found_in_test", "没有这套房屋", "no such home")
)

func home(id string) *residentsv1.Home {
	building := "building-" + district[id]
	return &residentsv1.Home{Id: id, BuildingId: building, Place: &commonv1.Place{
		HomeId: id, DistrictId: district[id], CommunityId: "c-" + district[id], BuildingId: building, Address: "春晓苑 " + id,
	}}
}

// GetHome answers those who live there and staff of the district.
func (register) GetHome(ctx context.Context, req *residentsv1.GetHomeRequest, _ ...grpc.CallOption) (*residentsv1.Home, error) {
	p := authz.From(ctx)
	if district[req.GetId()] == "" || homeOf[p.Person] != req.GetId() && !p.Reaches(district[req.GetId()]) {
		return nil, errHome
	}
	return home(req.GetId()), nil
}

// ListMyHomes answers the caller's home.
func (register) ListMyHomes(ctx context.Context, _ *residentsv1.ListMyHomesRequest, _ ...grpc.CallOption) (*residentsv1.ListMyHomesResponse, error) {
	mine := homeOf[authz.From(ctx).Person]
	return &residentsv1.ListMyHomesResponse{Homes: []*residentsv1.ListMyHomesResponse_MyHome{{Home: home(mine)}}}, nil
}

// ListOccupants answers who lives there, and carl, who moved out of every home yesterday.
func (r register) ListOccupants(_ context.Context, req *residentsv1.ListOccupantsRequest, _ ...grpc.CallOption) (*residentsv1.ListOccupantsResponse, error) {
	gone := timestamppb.New(r.clock.Now().AddDate(0, 0, -1))
	answer := &residentsv1.ListOccupantsResponse{Occupants: []*residentsv1.Occupant{{PersonId: "carl", Until: gone}}}
	for person, h := range homeOf {
		if h == req.GetHomeId() {
			answer.Occupants = append(answer.Occupants, &residentsv1.Occupant{PersonId: person})
		}
	}
	return answer, nil
}

func resident(ctx context.Context, person string) context.Context {
	return authz.With(ctx, authz.Principal{Account: "person:" + person, Person: person, Roles: []authz.Role{authz.Resident}}, "")
}

func employee(ctx context.Context, id string, role authz.Role, districts ...string) context.Context {
	return authz.With(ctx, authz.Principal{Account: "staff:" + id, Staff: id, Roles: []authz.Role{role}, Districts: districts}, "")
}

// as is the caller by name: residents by theirs, staff by what they are.
func (d *desk) as(name string) context.Context {
	switch name {
	case "steward":
		return employee(d.t.Context(), name, authz.Steward, "east")
	case "other steward":
		return employee(d.t.Context(), name, authz.Steward, "west")
	case "director":
		return employee(d.t.Context(), name, authz.Director)
	case "liu", "wang":
		return employee(d.t.Context(), name, authz.Technician, "east")
	case "nobody":
		return d.t.Context()
	}
	return resident(d.t.Context(), name)
}

func (d *desk) opens(who string, change ...func(*ticketsv1.OpenRequest)) *ticketsv1.Ticket {
	d.t.Helper()
	req := &ticketsv1.OpenRequest{HomeId: homeOf[who], Category: "plumbing", Words: "龙头滴水"}
	for _, c := range change {
		c(req)
	}
	tk, err := d.Open(d.as(who), req)
	must(d.t, err)
	return tk
}

// visits lets dispatch tell of steps of a visit of liu's.
func (d *desk) visits(id string, steps ...string) {
	d.t.Helper()
	ctx, h := d.t.Context(), &dispatchv1.Head{VisitId: "visit-" + id, TicketId: id, StaffId: "liu", StaffName: "刘师傅", At: timestamppb.New(d.clock.Now())}
	for _, step := range steps {
		d.told++
		m := bus.Message{ID: fmt.Sprint("m", d.told)}
		must(d.t, map[string]func() error{
			"offer":  func() error { return d.onVisitOffered(ctx, m, &dispatchv1.VisitOffered{Head: h}) },
			"accept": func() error { return d.onVisitAccepted(ctx, m, &dispatchv1.VisitAccepted{Head: h}) },
			"depart": func() error { return d.onVisitDeparted(ctx, m, &dispatchv1.VisitDeparted{Head: h}) },
			"arrive": func() error { return d.onVisitArrived(ctx, m, &dispatchv1.VisitArrived{Head: h}) },
			"finish": func() error { return d.onVisitFinished(ctx, m, &dispatchv1.VisitFinished{Head: h, Words: "好了"}) },
			"lapse":  func() error { return d.onVisitLapsed(ctx, m, &dispatchv1.VisitLapsed{Head: h}) },
			"withdraw": func() error {
				return d.onVisitWithdrawn(ctx, m, &dispatchv1.VisitWithdrawn{Head: h, Reason: "off_duty"})
			},
		}[step]())
	}
}

// events answers the types in the outbox about a ticket, in order.
func (d *desk) events(id string) []string {
	d.t.Helper()
	all, err := read(d.t.Context(), d.db, func(ctx context.Context, tx *store.Tx) ([]string, error) {
		return store.Collect(ctx, tx, func(row store.Scanner) (s string, err error) { return s, row.Scan(&s) },
			`SELECT type FROM outbox_event WHERE subject = ? ORDER BY id`, id)
	})
	must(d.t, err)
	for i, s := range all {
		all[i] = s[len("linli.tickets.v1.Ticket"):]
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

func TestDesk_ATicketFromTheTapToTheRating(t *testing.T) {
	d := newDesk(t)
	tk := d.opens("anna", func(r *ticketsv1.OpenRequest) { r.Source = "phone" })
	if tk.GetState() != ticketsv1.State_STATE_OPENED || tk.GetPlace().GetDistrictId() != "east" || tk.GetResidentId() != "anna" ||
		tk.GetPriority() != ticketsv1.Priority_PRIORITY_P2 || tk.GetEtag() != `"v1"` || tk.GetSource() != "phone" {
		t.Fatalf("opened %v", tk)
	}
	id := tk.GetId()
	d.visits(id, "offer", "accept", "depart", "arrive")
	paused, err := d.Pause(d.as("liu"), &ticketsv1.PauseRequest{Id: id, Reason: ticketsv1.PauseReason_PAUSE_REASON_PART_ORDERED})
	must(t, err)
	if paused.GetState() != ticketsv1.State_STATE_PAUSED {
		t.Errorf("paused as %v", paused.GetState())
	}
	_, err = d.Resume(d.as("liu"), &ticketsv1.ResumeRequest{Id: id})
	must(t, err)
	d.visits(id, "finish")
	_, err = d.Reopen(d.as("anna"), &ticketsv1.ReopenRequest{Id: id, Words: "还在滴"}) // DOMAIN 6: the same ticket
	must(t, err)
	back, err := d.Get(d.as("anna"), &ticketsv1.GetRequest{Id: id})
	must(t, err)
	if back.GetCycle() != 2 || back.GetState() != ticketsv1.State_STATE_OPENED || !back.GetOpenedAt().AsTime().Equal(nineAM) {
		t.Fatalf("returned as %v", back)
	}
	_, err = d.Pause(d.as("liu"), &ticketsv1.PauseRequest{Id: id, Reason: ticketsv1.PauseReason_PAUSE_REASON_PART_ORDERED})
	refused(t, err, ticket.ErrNotInHand) // that visit is over
	want := []string{"Opened", "Assigned", "Accepted", "Departed", "Arrived", "Paused", "Resumed", "Finished", "Reopened"}
	if got := d.events(id); !slices.Equal(got, want) {
		t.Errorf("told %v, want %v", got, want)
	}
	story, err := d.GetStory(d.as("anna"), &ticketsv1.GetStoryRequest{Id: id})
	must(t, err)
	if len(story.GetEntries()) < len(want) {
		t.Errorf("the story has %d entries", len(story.GetEntries()))
	}
}

// DOMAIN 5: one rating per cycle, and it closes.
func TestRule5_ARatingClosesAndThereIsNoSecond(t *testing.T) {
	d := newDesk(t)
	id := d.opens("anna").GetId()
	rate := func(who string, stars int32) (*ticketsv1.Ticket, error) {
		return d.Rate(d.as(who), &ticketsv1.RateRequest{Id: id, Stars: stars})
	}
	_, err := rate("anna", 5)
	refused(t, err, ticket.ErrNotFinished)
	d.visits(id, "offer", "accept", "depart", "arrive", "finish")
	_, err = rate("steward", 5)
	refused(t, err, ticket.ErrNotYours)
	_, err = rate("ben", 5)
	refused(t, err, rows.ErrUnknown)
	rated, err := rate("anna", 4)
	must(t, err)
	if rated.GetState() != ticketsv1.State_STATE_CLOSED || len(rated.GetRatings()) != 1 || rated.GetRatings()[0].GetStars() != 4 {
		t.Errorf("rated %v", rated)
	}
	_, err = rate("anna", 1)
	refused(t, err, ticket.ErrAlreadyRated)
}

// DOMAIN 20, 21: a ticket is seen by its resident, the district, the company and whoever works on it; to all others it is
// unknown, whatever they try.
func TestDesk_AForeignTicketIsAnUnknownOne(t *testing.T) {
	d := newDesk(t)
	id := d.opens("anna").GetId()
	d.visits(id, "offer")
	for who, sees := range map[string]bool{
		"anna": true, "steward": true, "director": true, "liu": true,
		"ben": false, "zoe": false, "other steward": false, "wang": false, "nobody": false,
	} {
		ctx := d.as(who)
		listed, err := d.List(ctx, &ticketsv1.ListRequest{})
		must(t, err)
		if got := len(listed.GetTickets()) == 1; got != sees {
			t.Errorf("%s: listed %v, want %v", who, got, sees)
		}
		_, err = d.Get(ctx, &ticketsv1.GetRequest{Id: id})
		if got := err == nil; got != sees {
			t.Errorf("%s: %v", who, err)
		}
		if sees {
			continue
		}
		for name, try := range map[string]func() error{
			"get":    func() error { return err },
			"story":  func() error { _, err := d.GetStory(ctx, &ticketsv1.GetStoryRequest{Id: id}); return err },
			"urge":   func() error { _, err := d.Urge(ctx, &ticketsv1.UrgeRequest{Id: id}); return err },
			"cancel": func() error { _, err := d.Cancel(ctx, &ticketsv1.CancelRequest{Id: id}); return err },
			"reopen": func() error { _, err := d.Reopen(ctx, &ticketsv1.ReopenRequest{Id: id}); return err },
			"pause":  func() error { _, err := d.Pause(ctx, &ticketsv1.PauseRequest{Id: id}); return err },
			"resume": func() error { _, err := d.Resume(ctx, &ticketsv1.ResumeRequest{Id: id}); return err },
		} {
			if err := try(); !errors.Is(err, rows.ErrUnknown) {
				t.Errorf("%s may %s: %v", who, name, err)
			}
		}
	}
	_, unknown := d.Get(d.as("anna"), &ticketsv1.GetRequest{Id: "nothing"})
	refused(t, unknown, rows.ErrUnknown)
}

func TestList_ACursorBelongsToItsFilterAndCaller(t *testing.T) {
	d := newDesk(t)
	for range 3 {
		d.opens("anna", func(r *ticketsv1.OpenRequest) { r.Category = "gas" })
		d.clock.Advance(time.Minute)
	}
	first, err := d.List(d.as("anna"), &ticketsv1.ListRequest{PageSize: 2})
	must(t, err)
	token := first.GetNextPageToken()
	second, err := d.List(d.as("anna"), &ticketsv1.ListRequest{PageSize: 2, PageToken: token})
	must(t, err)
	if len(first.GetTickets()) != 2 || len(second.GetTickets()) != 1 || second.GetNextPageToken() != "" {
		t.Errorf("pages of %d and %d", len(first.GetTickets()), len(second.GetTickets()))
	}
	_, err = d.List(d.as("anna"), &ticketsv1.ListRequest{PageSize: 2, PageToken: token, Category: "plumbing"})
	refused(t, err, page.ErrToken)
	_, err = d.List(d.as("steward"), &ticketsv1.ListRequest{PageSize: 2, PageToken: token})
	refused(t, err, page.ErrToken)
}

func TestOpen_OnlyForAHomeOfOnesOwnOrAResidentWhoLivesThere(t *testing.T) {
	d := newDesk(t)
	for _, c := range []struct {
		who, home, behalf string
		want              error
	}{
		{"anna", "home-2", "", errHome},
		{"anna", "nothing", "", errHome},
		{"anna", "home-1", "ben", ticket.ErrStaffOnly},
		{"anna", "home-1", "anna", nil},
		{"steward", "home-1", "anna", nil},
		{"steward", "home-1", "ben", errNotThere},
		{"steward", "home-1", "carl", errNotThere}, // moved out: an expired role gives nothing
		{"steward", "home-9", "zoe", errHome},
		{"steward", "home-1", "", nil},
	} {
		_, err := d.Open(d.as(c.who), &ticketsv1.OpenRequest{HomeId: c.home, Category: "plumbing", OnBehalfOf: c.behalf})
		if !errors.Is(err, c.want) {
			t.Errorf("%s for %s in %s: %v, want %v", c.who, c.behalf, c.home, err, c.want)
		}
	}
}

// DOMAIN 8: ten a day and two alike, by tile or by words; an emergency is never blocked.
func TestRule8_LimitsNeverBlockAnEmergency(t *testing.T) {
	d := newDesk(t)
	try := func(change func(*ticketsv1.OpenRequest)) error {
		req := &ticketsv1.OpenRequest{HomeId: "home-1"}
		change(req)
		_, err := d.Open(d.as("anna"), req)
		return err
	}
	words := func(r *ticketsv1.OpenRequest) { r.Words = "厨房水龙头一直滴水" }
	must(t, try(words))
	must(t, try(func(r *ticketsv1.OpenRequest) { r.Category = "plumbing" }))
	refused(t, try(words), ticket.ErrLimitIdentical)
	refused(t, try(func(r *ticketsv1.OpenRequest) { r.Category = "plumbing" }), ticket.ErrLimitIdentical)
	for i := range 8 {
		tk := d.opens("anna", func(r *ticketsv1.OpenRequest) { r.Category = []string{"electrical", "noise"}[i%2] })
		_, err := d.Cancel(d.as("anna"), &ticketsv1.CancelRequest{Id: tk.GetId()})
		must(t, err)
	}
	refused(t, try(func(r *ticketsv1.OpenRequest) { r.Category = "noise" }), ticket.ErrLimitDay)
	must(t, try(func(r *ticketsv1.OpenRequest) { r.Category, r.Emergency = "plumbing", true }))
	d.clock.Advance(24 * time.Hour)
	must(t, try(func(r *ticketsv1.OpenRequest) { r.Category = "noise" }))
}

// DOMAIN 8: the same trouble in the building is suggested, and may be followed instead; the words of a neighbour are not told.
func TestRule8_ADuplicateIsSuggestedAndFollowed(t *testing.T) {
	d := newDesk(t)
	first := d.opens("anna")
	similar, err := d.Similar(d.as("ben"), &ticketsv1.SimilarRequest{HomeId: "home-2", Category: "plumbing"})
	must(t, err)
	if len(similar.GetSuggestions()) != 1 || len(d.opens("ben").GetSimilar()) != 1 {
		t.Errorf("suggested %v", similar)
	}
	_, err = d.Follow(d.as("zoe"), &ticketsv1.FollowRequest{Id: first.GetId()})
	refused(t, err, rows.ErrUnknown)
	_, err = d.Follow(d.as("ben"), &ticketsv1.FollowRequest{Id: first.GetId()})
	must(t, err)
	_, err = d.Get(d.as("ben"), &ticketsv1.GetRequest{Id: first.GetId()})
	must(t, err)
}

// An event that comes twice is applied once.
func TestReact_TwiceIsOnce(t *testing.T) {
	d := newDesk(t)
	id := d.opens("anna").GetId()
	e := &dispatchv1.NoCandidate{Head: &dispatchv1.Head{TicketId: id, At: timestamppb.New(nineAM)}, Reasons: map[string]int32{"no_skill": 2}}
	for range 2 {
		must(t, d.onNoCandidate(t.Context(), bus.Message{ID: "same"}, e))
	}
	if got := d.events(id); !slices.Equal(got, []string{"Opened", "Stranded"}) {
		t.Errorf("told %v", got)
	}
}
