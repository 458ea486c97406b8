package e2e_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"image/jpeg"
	"net/http"
	"testing"
	"time"

	"github.com/linlihub/linli/libs/authz"
	dispatchv1 "github.com/linlihub/linli/proto/gen/linli/dispatch/v1"
	hrv1 "github.com/linlihub/linli/proto/gen/linli/hr/v1"
	residentsv1 "github.com/linlihub/linli/proto/gen/linli/residents/v1"
	ticketsv1 "github.com/linlihub/linli/proto/gen/linli/tickets/v1"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/linlihub/linli/e2e/harness"
)

// visitor is a caller of the matrix. Everything is about the home, the ticket and the visit of the resident, in district d1.
type visitor struct {
	letter, id, name string
	role             authz.Role
}

// visitors are one of each kind. Owners' committees 业委会 and partners 合作商家 have no role in the platform yet; the director
// sits for the company's own committee, the leading group 创新领导小组.
var visitors = []visitor{
	{"N", "", "who has no token", ""},
	{"A", "p1", "the resident", authz.Resident},
	{"B", "p2", "a neighbour in the building", authz.Resident},
	{"R", "p81", "the tenant of the home", authz.Resident},
	{"X", "p82", "the former tenant of the home", authz.Resident},
	{"T", "t1", "the technician", authz.Technician},
	{"O", "t2", "another technician of the district", authz.Technician},
	{"K", "k1", "a cleaner of the district", authz.Cleaner},
	{"G", "g1", "a guard of the district", authz.Guard},
	{"W", "w1", "the steward", authz.Steward},
	{"S", "w2", "the steward of another district", authz.Steward},
	{"M", "m1", "the manager", authz.Manager},
	{"L", "m2", "the manager of another district", authz.Manager},
	{"C", "c1", "the director", authz.Director},
	{"P", "o1", "an operator", authz.Operator},
	{"D", "admin", "the admin", authz.Admin},
}

// town is a platform with one of each visitor, and what the rows are about.
type town struct {
	*harness.Platform

	t        *testing.T
	tokens   map[string]string
	ids      map[string]string // by collection or parameter
	secrets  map[string]string // what only the visitors of these letters may read
	requests int
}

// reply is an answer to a visitor.
type reply struct{ harness.Answer }

// refusedAs is an error while the answer has this status.
func (a reply) refusedAs(status int) error {
	if a.Status == status {
		return fmt.Errorf("%d %s", a.Status, a.Body)
	}
	return nil
}

const (
	wordsHere  = "水表箱渗水七三九一"
	wordsThere = "天台排水沟堵八八二"
	address    = "2单元 0001"
	technician = "1号师傅"
)

func newTown(t *testing.T) *town {
	t.Helper()
	tn := &town{Platform: harness.Start(t), t: t, tokens: map[string]string{}}
	tn.moveIn()
	for _, c := range visitors {
		switch {
		case c.id == "":
		case c.role == authz.Admin:
			tn.tokens[c.letter] = tn.AdminToken()
		case c.role == authz.Resident:
			tn.Resident(c.id) // which waits until the account is there
			tn.tokens[c.letter] = tn.Token(c.id)
		default:
			tn.Staff(c.id)
			tn.tokens[c.letter] = tn.Token(c.id)
		}
	}
	tn.OnDuty("t1")
	tn.open("p41", "h41", wordsThere)
	ticket := tn.open("p1", "h1", wordsHere)
	visit, _ := tn.Offer(ticket)
	var picture bytes.Buffer
	if err := jpeg.Encode(&picture, image.NewRGBA(image.Rect(0, 0, 8, 8)), nil); err != nil {
		t.Fatal(err)
	}
	tn.ids = map[string]string{
		"district_id": "d1", "districts": "d1", "community_id": "c1", "buildings": "b1", "home_id": "h1", "homes": "h1",
		"person_id": "p1", "staff_id": "t1", "staff": "t1", "ticket_id": ticket, "tickets": ticket, "visits": visit.GetId(),
		"jpeg": picture.String(),
	}
	var photo struct{ ID string }
	tn.read(tn.Send(http.MethodPost, "/v1/photos", tn.tokens["A"], picture.Bytes()), &photo)
	tn.ids["photos"] = photo.ID
	tn.secrets = map[string]string{wordsHere: "ATWMCD", wordsThere: "SLMCD", address: "ARTWMCD", `"` + technician + `"`: "ATWMCD"}
	return tn
}

// moveIn adds to the community those whom it lacks.
func (tn *town) moveIn() {
	tn.t.Helper()
	past := func(years int) *timestamppb.Timestamp { return timestamppb.New(time.Now().AddDate(-years, 0, 0)) }
	got(residentsv1.NewRegistryClient(tn.Admin()).Import(tn.Context(), &residentsv1.ImportRequest{
		People: []*residentsv1.Person{{Id: "p81", Name: "赵一", Phone: harness.Phone("p81")}, {Id: "p82", Name: "钱二", Phone: harness.Phone("p82")}},
		Occupants: []*residentsv1.Occupant{
			{HomeId: "h1", PersonId: "p81", Role: residentsv1.HomeRole_HOME_ROLE_TENANT, Since: past(1)},
			{HomeId: "h1", PersonId: "p82", Role: residentsv1.HomeRole_HOME_ROLE_TENANT, Since: past(3), Until: past(1)},
		},
	})).ok(tn.t)
	employee := func(id, role string, districts ...string) *hrv1.NewEmployee {
		return &hrv1.NewEmployee{
			Employee: &hrv1.Employee{Id: id, Name: id, FullName: "孙三", Roles: []string{role}, DistrictIds: districts},
			Username: id, Password: harness.Password,
		}
	}
	got(hrv1.NewStaffClient(tn.Admin()).Import(tn.Context(), &hrv1.ImportRequest{Staff: []*hrv1.NewEmployee{
		employee("k1", "cleaner", "d1"), employee("g1", "guard", "d1"), employee("m2", "manager", "d2"), employee("c1", "director"), employee("o1", "operator"),
	}})).ok(tn.t)
}

func (tn *town) open(person, home, words string) string {
	tn.t.Helper()
	request := &ticketsv1.OpenRequest{HomeId: home, Category: "plumbing", Words: words, Source: "app"}
	return got(harness.Tickets(tn.Resident(person)).Open(tn.Context(), request)).ok(tn.t).GetId()
}

func (tn *town) read(a harness.Answer, into any) {
	tn.t.Helper()
	if err := json.Unmarshal(a.Body, into); err != nil || a.Status/100 != 2 {
		tn.t.Fatalf("%d %s %v", a.Status, a.Body, err)
	}
}

// get is what the admin reads, or who is named by a letter.
func (tn *town) get(path string, into any, letter ...string) {
	tn.t.Helper()
	tn.read(tn.Send(http.MethodGet, path, tn.tokens[append(letter, "D")[0]], nil), into)
}

// census is all that a refused request might have touched, without what moves by itself.
func (tn *town) census() map[string]string {
	tn.t.Helper()
	seen := map[string]string{}
	var tickets struct{ Tickets []map[string]any }
	tn.get("/v1/tickets?page_size=200", &tickets)
	for _, t := range tickets.Tickets {
		seen[fmt.Sprint("ticket ", t["id"])] = fmt.Sprint(t["state"], t["cycle"], t["urges"], t["ratings"], t["finish_words"], t["pause_reason"], t["words"])
	}
	for _, district := range []string{"d1", "d2"} {
		var board struct{ Visits []map[string]any }
		tn.get("/v1/boards/"+district, &board)
		for _, v := range board.Visits {
			seen[fmt.Sprint("visit ", v["id"])] = fmt.Sprint(v["state"], v["staff_id"])
		}
	}
	for path, letter := range map[string]string{"/v1/staff": "D", "/v1/districts": "D", "/v1/homes/h1/occupants": "D", "/v1/me/reveals": "A"} {
		var all any
		tn.get(path, &all, letter)
		seen[path] = fmt.Sprint(all)
	}
	return seen
}

func (tn *town) etag() string {
	tn.t.Helper()
	return got(harness.Tickets(tn.Resident("p1")).Get(tn.Context(), &ticketsv1.GetRequest{Id: tn.ids["tickets"]})).ok(tn.t).GetEtag()
}

type session struct {
	RefreshToken string `json:"refresh_token"`
}

func signIn(who string) func(*town) {
	return func(tn *town) {
		tn.t.Helper()
		tn.refreshed(reply{tn.Send(http.MethodPost, "/v1/sessions", "", []byte(`{"username":"`+who+`","password":"`+harness.Password+`"}`))})
	}
}

func (tn *town) refresh() {
	tn.t.Helper()
	tn.refreshed(reply{tn.Send(http.MethodPost, "/v1/sessions:refresh", "", []byte(tn.insert(`{"refresh_token":"{refresh}"}`, nil)))})
}

func (tn *town) refreshed(a reply) {
	tn.t.Helper()
	var s session
	tn.read(a.Answer, &s)
	tn.ids["refresh"] = s.RefreshToken
}

// then waits until the ticket and, if it is still on the board, its visit are in a state.
func then(ticket ticketsv1.State, visit dispatchv1.VisitState) func(*town, reply) {
	return func(tn *town, _ reply) {
		tn.t.Helper()
		tn.Until(tn.Resident("p1"), tn.ids["tickets"], ticket)
		tn.Eventually("the visit becomes "+visit.String(), func() error {
			board := got(harness.Boards(tn.Staff("m1")).Get(tn.Context(), &dispatchv1.GetBoardRequest{DistrictId: "d1"})).ok(tn.t)
			state := dispatchv1.VisitState_VISIT_STATE_UNSPECIFIED
			for _, v := range board.GetVisits() {
				if v.GetTicketId() == tn.ids["tickets"] {
					state = v.GetState()
				}
			}
			if state != visit {
				return fmt.Errorf("it is %s", state)
			}
			return nil
		})
	}
}

// offered waits until the ticket knows of the visit that was answered, or, if it is the ticket itself, of any.
func (tn *town) offered(a reply) {
	tn.t.Helper()
	var answered struct{ ID string }
	tn.read(a.Answer, &answered)
	tn.Eventually("the visit is offered", func() error {
		visit, _ := tn.Offer(tn.ids["tickets"])
		if tn.ids["visits"] = visit.GetId(); answered.ID != visit.GetId() && answered.ID != tn.ids["tickets"] {
			return fmt.Errorf("it is %s, not %s", visit.GetId(), answered.ID)
		}
		return nil
	})
}

// colleagueComes: from now on the other technician is asked, too, and may know.
func (tn *town) colleagueComes() {
	tn.t.Helper()
	tn.OnDuty("t2")
	for secret := range tn.secrets {
		if secret != wordsThere {
			tn.secrets[secret] += "O"
		}
	}
}

// work brings the second visit to its end.
func (tn *town) work() {
	tn.t.Helper()
	visit, who := tn.Offer(tn.ids["tickets"])
	tn.Work(visit, who)
	then(ticketsv1.State_STATE_FINISHED, dispatchv1.VisitState_VISIT_STATE_UNSPECIFIED)(tn, reply{})
}

func (tn *town) openAnother() {
	tn.t.Helper()
	ticket := tn.open("p1", "h1", "另一件事")
	tn.ids["tickets"], tn.ids["ticket_id"] = ticket, ticket
	tn.Offer(ticket)
}

// openNext is openAnother when the former is not needed any more.
func (tn *town) openNext() {
	tn.t.Helper()
	got(harness.Tickets(tn.Resident("p1")).Cancel(tn.Context(), &ticketsv1.CancelRequest{Id: tn.ids["tickets"]})).ok(tn.t)
	then(ticketsv1.State_STATE_CANCELLED, dispatchv1.VisitState_VISIT_STATE_UNSPECIFIED)(tn, reply{})
	tn.openAnother()
}

// tellFollowers: who follows a ticket may see where it is, and who comes.
func (tn *town) tellFollowers() {
	tn.secrets[address] += "BR"
	tn.secrets[`"`+technician+`"`] += "BR"
}
