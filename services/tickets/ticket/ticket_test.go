package ticket

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/linlihub/linli/libs/fault"
	"github.com/linlihub/linli/services/tickets/policy"
)

var (
	anna   = Resident("person-anna") // opens
	ben    = Resident("person-ben")  // a neighbour
	liu    = Technician{"staff-liu", "刘师傅"}
	wang   = Technician{"staff-wang", "王师傅"}
	office = Staff("staff-office")
	board  = System("dispatch")
	ninePM = moment("2025-03-24 21:00") // a Monday
	nineAM = moment("2025-03-24 09:00")
)

func TestOpen_PinsThePolicyAndTellsIt(t *testing.T) {
	tk := open(t, nineAM)
	e, ok := tk.Changes()[0].(Opened)
	if !ok || len(tk.Changes()) != 1 || tk.Loaded() != 0 || tk.Version() != 1 {
		t.Fatalf("changes %v, loaded %d, version %d", tk.Changes(), tk.Loaded(), tk.Version())
	}
	if e.Policy != standard(t).Ref || e.By != anna || e.For != anna.ID || e.Priority != policy.P2 || !e.At.Equal(nineAM) {
		t.Errorf("opened as %+v", e)
	}
	if tk.State() != StateOpened || tk.Cycle() != 1 {
		t.Errorf("state %s, cycle %d", tk.State(), tk.Cycle())
	}
}

func TestOpen_PriorityAndCategory(t *testing.T) {
	for _, c := range []struct {
		name     string
		change   func(*Request)
		category Category
		priority policy.Priority
		kind     Kind
	}{
		{"a tile", func(*Request) {}, Plumbing, policy.P2, Repair},
		{"free words alone", func(r *Request) { r.Category, r.Words = "", "楼上半夜还在放音响，太吵了" }, Noise, policy.P3, Complaint},
		{"words without a hint", func(r *Request) { r.Category, r.Words = "", "请问" }, Other, policy.P3, Repair},
		{"rule 1: danger words make any category P1", func(r *Request) { r.Category, r.Words = Lift, "有人被困在电梯里" }, Lift, policy.P1, Repair},
		{"rule 1: the resident says it is an emergency", func(r *Request) { r.Emergency = true }, Plumbing, policy.P1, Repair},
		{"rule 1: gas is always P1", func(r *Request) { r.Category = Gas }, Gas, policy.P1, Repair},
		{"a resident cannot choose", func(r *Request) { r.Priority = policy.P1 }, Plumbing, policy.P2, Repair},
		{"staff can", func(r *Request) { r.By, r.For, r.Priority = office, anna.ID, policy.P4 }, Plumbing, policy.P4, Repair},
		{"not below danger", func(r *Request) { r.By, r.Priority, r.Words = office, policy.P4, "水管爆了" }, Plumbing, policy.P1, Repair},
		{"a device can", func(r *Request) { r.By, r.Priority = System("iot"), policy.P1 }, Plumbing, policy.P1, Repair},
		{"a kind that is said", func(r *Request) { r.Kind = Complaint }, Plumbing, policy.P2, Complaint},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := request()
			c.change(&r)
			tk, err := Open(r, standard(t), nineAM)
			if err != nil {
				t.Fatal(err)
			}
			s := tk.Snapshot()
			if s.Category != c.category || s.Priority != c.priority || s.Kind != c.kind {
				t.Errorf("got %s %s %s, want %s %s %s", s.Category, s.Priority, s.Kind, c.category, c.priority, c.kind)
			}
		})
	}
}

func TestOpen_Refuses(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*Request)
		want   error
	}{
		{"no id", func(r *Request) { r.ID = "" }, ErrIncomplete},
		{"nobody", func(r *Request) { r.By = Actor{} }, ErrIncomplete},
		{"no home", func(r *Request) { r.Place.HomeID = "" }, ErrIncomplete},
		{"a home without a district", func(r *Request) { r.Place.DistrictID = "" }, ErrIncomplete},
		{"neither category nor words", func(r *Request) { r.Category, r.Words = "", " \x00 " }, ErrIncomplete},
		{"an unknown category", func(r *Request) { r.Category = "alchemy" }, ErrUnknownCategory},
		{"an unknown kind", func(r *Request) { r.Kind = "praise" }, ErrUnknownKind},
		{"an unknown priority", func(r *Request) { r.Priority = "P0" }, ErrIncomplete},
		{"2,001 characters", func(r *Request) { r.Words = strings.Repeat("水", MaxWords+1) }, ErrWordsTooLong},
		{"2 MB of words", func(r *Request) { r.Words = strings.Repeat("a", 2<<20) }, ErrWordsTooLong},
		{"ten photos", func(r *Request) { r.Photos = make([]string, MaxPhotos+1) }, ErrTooManyPhotos},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := request()
			c.change(&r)
			if tk, err := Open(r, standard(t), nineAM); !errors.Is(err, c.want) || tk != nil {
				t.Errorf("answers %v, want %v", err, c.want)
			}
		})
	}
	r := request()
	r.Words = strings.Repeat("水", MaxWords)
	if _, err := Open(r, standard(t), nineAM); err != nil {
		t.Errorf("2,000 characters: %v", err)
	}
}

func TestRule8_CreationLimitsNeverBlockAnEmergency(t *testing.T) {
	for _, c := range []struct {
		name   string
		recent Recent
		change func(*Request)
		want   error
	}{
		{"the tenth today", Recent{Today: 9}, func(*Request) {}, nil},
		{"the eleventh today", Recent{Today: 10}, func(*Request) {}, ErrLimitDay},
		{"the second alike", Recent{Identical: 1}, func(*Request) {}, nil},
		{"the third alike", Recent{Identical: 2}, func(*Request) {}, ErrLimitIdentical},
		{"an emergency by category", Recent{100, 100}, func(r *Request) { r.Category = Gas }, nil},
		{"an emergency by words", Recent{100, 100}, func(r *Request) { r.Words = "厨房着火了" }, nil},
		{"an emergency by its button", Recent{100, 100}, func(r *Request) { r.Emergency = true }, nil},
		{"staff open for many", Recent{100, 100}, func(r *Request) { r.By, r.For = office, anna.ID }, nil},
		{"a device has other limits", Recent{100, 100}, func(r *Request) { r.By = System("iot") }, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := request()
			r.Recent = c.recent
			c.change(&r)
			if _, err := Open(r, standard(t), nineAM); !errors.Is(err, c.want) {
				t.Errorf("answers %v, want %v", err, c.want)
			}
		})
	}
}

func TestRestore_GivesTheSameTicket(t *testing.T) {
	tk := finished(t)
	text, err := json.Marshal(tk.Snapshot())
	if err != nil {
		t.Fatal(err)
	}
	var stored Snapshot
	if err := json.Unmarshal(text, &stored); err != nil {
		t.Fatal(err)
	}
	back, err := Restore(stored, standard(t))
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(back.Snapshot(), tk.Snapshot()) {
		t.Errorf("restored\n%+v\nwant\n%+v", back.Snapshot(), tk.Snapshot())
	}
	if back.Loaded() != tk.Version() || len(back.Changes()) != 0 {
		t.Errorf("loaded %d with %d changes", back.Loaded(), len(back.Changes()))
	}
	ok(t, back.Rate(5, "", anna, moment("2025-03-24 12:00")))
	if back.Loaded() != tk.Version() || back.Version() != tk.Version()+2 {
		t.Errorf("after a rating: loaded %d, version %d", back.Loaded(), back.Version())
	}
}

func TestRestore_RefusesAnotherPolicy(t *testing.T) {
	s := open(t, nineAM).Snapshot()
	s.Policy.Version++
	if _, err := Restore(s, standard(t)); err == nil {
		t.Error("a policy that is not pinned was taken")
	}
	if _, err := Restore(Snapshot{Policy: standard(t).Ref}, standard(t)); err == nil {
		t.Error("a ticket that was never opened was restored")
	}
}

func TestSnapshot_IsACopy(t *testing.T) {
	tk := finished(t)
	s := tk.Snapshot()
	s.Visits[0].StaffID, s.Timeline.Cycles[0].Posted, s.Photos[0] = "x", time.Time{}, "x"
	if again := tk.Snapshot(); again.Visits[0].StaffID == "x" || again.Timeline.Cycles[0].Posted.IsZero() || again.Photos[0] == "x" {
		t.Error("a reader changed the ticket")
	}
}

func TestMatch(t *testing.T) {
	tk := open(t, nineAM)
	ok(t, tk.Match(1))
	if err := tk.Match(0); !errors.Is(err, ErrStale) || fault.KindOf(err) != fault.Stale {
		t.Errorf("a stale version answers %v", err)
	}
}

func TestFaults_SpeakBothLanguages(t *testing.T) {
	for _, class := range fault.Catalogue() {
		if strings.HasPrefix(class.Code(), "tickets.") && (class.Text(fault.ZH) == "" || class.Text(fault.EN) == class.Text(fault.ZH)) {
			t.Errorf("%s has no text of its own in each language", class.Code())
		}
	}
}

func request() Request {
	return Request{
		ID: "ticket-1", By: anna, Category: Plumbing, Words: "厨房龙头滴水", Photos: []string{"photo-1"}, Source: "app",
		Place: Place{
			HomeID: "home-1", DistrictID: "district-1", CommunityID: "community-1", BuildingID: "building-1",
			Address: "春晓苑 3栋 2单元 0501", Point: &Point{30.25, 120.16},
		},
	}
}

func open(t testing.TB, at time.Time) *Ticket {
	t.Helper()
	tk, err := Open(request(), standard(t), at)
	if err != nil {
		t.Fatal(err)
	}
	return tk
}

// assigned has an offer for Liu since 09:01.
func assigned(t testing.TB) *Ticket {
	t.Helper()
	tk := open(t, nineAM)
	yes(t, tk.Assign(Assignment{VisitID: "v1", StaffID: liu.ID, StaffName: liu.Name, By: board}, nineAM.Add(time.Minute)))
	return tk
}

// finished was accepted at 09:02, reached at 09:20 and done at 10:00.
func finished(t testing.TB) *Ticket {
	t.Helper()
	tk := assigned(t)
	yes(t, tk.Accept("v1", liu, nineAM.Add(2*time.Minute)))
	yes(t, tk.Depart("v1", liu, nineAM.Add(5*time.Minute)))
	yes(t, tk.Arrive("v1", liu, nineAM.Add(20*time.Minute)))
	yes(t, tk.Finish("v1", liu, Result{Words: "换了垫圈", Materials: []Material{{Name: "垫圈", Quantity: 1, Fen: 200}}}, nineAM.Add(time.Hour)))
	return tk
}

// visit lets a technician do the whole of a visit, an hour from the given time.
func visit(t testing.TB, tk *Ticket, id string, who Technician, at time.Time) {
	t.Helper()
	yes(t, tk.Assign(Assignment{VisitID: id, StaffID: who.ID, StaffName: who.Name, By: board}, at))
	yes(t, tk.Accept(id, who, at))
	yes(t, tk.Depart(id, who, at))
	yes(t, tk.Arrive(id, who, at))
	yes(t, tk.Finish(id, who, Result{}, at.Add(time.Hour)))
}

func standard(t testing.TB) *policy.Policy {
	t.Helper()
	p, err := policy.Default().InForce(policy.Standard, nineAM)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// plainDay is a policy of 09–17 every day, with eight hours for everything below P1.
func plainDay(t testing.TB, windows ...string) *policy.Policy {
	t.Helper()
	if len(windows) == 0 {
		windows = []string{"09:00-17:00"}
	}
	list, err := json.Marshal(windows)
	if err != nil {
		t.Fatal(err)
	}
	book, err := policy.Parse([]byte(strings.ReplaceAll(fmt.Sprintf(`{
		"calendars": [{"id": "plain", "week": {"mon": %[1]s, "tue": %[1]s, "wed": %[1]s, "thu": %[1]s, "fri": %[1]s}, "make_up_as": "mon",
			"years": [{"year": 2025, "citation": "test", "holidays": [], "make_up_workdays": ["2025-03-29"]}]}],
		"policies": [{"id": "plain", "version": 1, "citation": "test", "valid_from": "2025-01-01", "calendar": "plain",
			"targets": {"P1": {"response": "5m", "arrival": "30m", "resolution": "4h", "round_the_clock": true}, "P2": EIGHT, "P3": EIGHT, "P4": EIGHT},
			"escalation": [{"percent": 50, "tell": "dispatcher"}, {"percent": 80, "tell": "manager"}, {"percent": 100, "tell": "duty_lead", "apologise": true}],
			"limits": {"per_day": 10, "identical": 2},
			"auto_close_after": "72h", "reopen_within": "168h", "rate_within": "168h", "rating_edit_within": "24h", "urge_every": "10m"}]
	}`, list), "EIGHT", `{"response": "8h", "arrival": "8h", "resolution": "8h"}`)))
	if err != nil {
		t.Fatal(err)
	}
	return book.All()[0]
}

func moment(text string) time.Time {
	at, err := time.ParseInLocation("2006-01-02 15:04", text, policy.Zone)
	if err != nil {
		panic(err)
	}
	return at
}

func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func yes(t testing.TB, applied bool) {
	t.Helper()
	if !applied {
		t.Fatal("had no effect")
	}
}

func no(t testing.TB, applied bool) {
	t.Helper()
	if applied {
		t.Fatal("had an effect")
	}
}

func refused(t testing.TB, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Fatalf("answers %v, want %v", err, want)
	}
}

func names(events []Event) string {
	var all []string
	for _, e := range events {
		all = append(all, e.Name())
	}
	return strings.Join(all, " ")
}
