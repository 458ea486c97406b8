package e2e_test

import (
	"strings"

	dispatchv1 "github.com/linlihub/linli/proto/gen/linli/dispatch/v1"
	ticketsv1 "github.com/linlihub/linli/proto/gen/linli/tickets/v1"

	"github.com/linlihub/linli/e2e/harness"
)

// row says whose an operation is.
type row struct {
	op string
	// reach are the letters of the visitors whose thing it is about; whoeverMay is whoever holds the permission. The first does
	// it. None asks with something in the body that is foreign to all.
	reach string
	// query and body of the request; {homes} is the id of the thing in that collection.
	query, body string
	ifMatch     bool
	// anyVersion sends If-Match: *, where no version is meant.
	anyVersion bool
	// harmless says that who is refused is told "done", as of what is unknown, and nothing is.
	harmless bool

	before  func(*town)        // makes the thing what the operation needs
	between func(*town)        // comes when all have been refused
	after   func(*town, reply) // waits until what follows from a success has come
}

const whoeverMay = "*"

// accessRows are all operations, in an order in which a ticket of the resident lives its life.
func accessRows() []row {
	return append(append(append(publicRows(), readRows()...), visitRows()...), changeRows()...)
}

// publicRows need no token, or only a valid one.
func publicRows() []row {
	return []row{
		{op: "identity.v1.Keys/List", reach: whoeverMay},
		{op: "gateway.v1.Probes/Health", reach: whoeverMay},
		{op: "gateway.v1.Probes/Ready", reach: whoeverMay},
		{op: "gateway.v1.Documents/OpenAPI", reach: whoeverMay},
		{op: "gateway.v1.Clock/Get", reach: whoeverMay},
		{op: "identity.v1.Sessions/RequestOtp", reach: whoeverMay, body: `{"phone":"19900009998"}`},
		{op: "identity.v1.Sessions/Create", reach: whoeverMay, body: `{"username":"t8","password":"` + harness.Password + `"}`},
		{op: "identity.v1.Sessions/Refresh", reach: whoeverMay, body: `{"refresh_token":"{refresh}"}`, before: signIn("t8"), after: (*town).refreshed},
		{
			op: "identity.v1.Sessions/End", reach: "T", body: `{"refresh_token":"{refresh}"}`, harmless: true,
			before: signIn("t1"), between: (*town).refresh, // who holds another's refresh token cannot end the session
		},
		{op: "identity.v1.Sessions/GetMe", reach: whoeverMay},
		{op: "tickets.v1.Tickets/ListCategories", reach: whoeverMay},
	}
}

// readRows are asked while the resident's ticket is offered to the technician.
func readRows() []row {
	return []row{
		{op: "residents.v1.Registry/ListDistricts", reach: whoeverMay},
		{op: "residents.v1.Registry/ListCommunities", reach: "WMCDTOKG"},
		{op: "residents.v1.Registry/ListBuildings", reach: "WMCDTOKG"},
		{op: "residents.v1.Registry/ListHomes", reach: "WMD", query: "?building_id={buildings}"},
		{op: "residents.v1.Registry/GetHome", reach: "ARWMD"},
		{op: "residents.v1.Registry/ListMyHomes", reach: whoeverMay},
		{op: "residents.v1.Registry/ListOccupants", reach: "WMD"},
		{op: "residents.v1.Registry/ListReveals", reach: whoeverMay},
		{op: "hr.v1.Staff/List", reach: whoeverMay},
		{op: "hr.v1.Staff/Get", reach: "WMCD"},
		{op: "hr.v1.Duty/GetMine", reach: "TOKGWSML"},
		{op: "tickets.v1.Tickets/Get", reach: "ATWMCD"},
		{op: "tickets.v1.Tickets/List", reach: "ATWMCD", query: "?home_id={homes}"},
		{op: "tickets.v1.Tickets/List", reach: whoeverMay},
		{op: "tickets.v1.Tickets/List", reach: "ATWMCD", query: "?district_id={districts}"},
		{op: "tickets.v1.Tickets/GetStory", reach: "ATWMCD"},
		{op: "tickets.v1.Tickets/ReportPromises", reach: whoeverMay},
		{op: "tickets.v1.Tickets/ReportPromises", reach: "MCD", query: "?district_id={districts}"},
		{op: "tickets.v1.Tickets/Similar", reach: "ARWMD"},
		{op: "tickets.v1.Photos/Upload", reach: whoeverMay, body: "{jpeg}"},
		{op: "tickets.v1.Photos/Download", reach: "A"},
		{op: "dispatch.v1.Boards/Get", reach: "WMCD"},
		{op: "dispatch.v1.Boards/ListDecisions", reach: "WMCD"},
		{op: "dispatch.v1.Boards/WhatIf", reach: "MCD"},
		{op: "dispatch.v1.Boards/GetHelp", reach: whoeverMay},
		{op: "dispatch.v1.Boards/ListLoads", reach: "MCD"},
		{op: "dispatch.v1.Visits/GetDay", reach: whoeverMay},
		{op: "dispatch.v1.Visits/ListMine", reach: whoeverMay},
		{op: "dispatch.v1.Visits/Get", reach: "T"},
		{op: "notify.v1.Feeds/ListNotices", reach: whoeverMay},
		{op: "gateway.v1.Streams/Ticket", reach: "ATWMCD"},
		{op: "gateway.v1.Streams/Me", reach: whoeverMay},
		{op: "gateway.v1.Streams/District", reach: "WMCD"},
	}
}

// visitRows carry the ticket through two visits to its rating.
func visitRows() []row {
	pause := `{"reason":"PAUSE_REASON_PART_ORDERED"}`
	assign := `{"staff_id":"t1","reason":"住户认识他"}`
	return []row{
		{op: "dispatch.v1.Visits/Decline", reach: "T", body: `{"reason":"太远"}`, after: then(ticketsv1.State_STATE_OPENED, dispatchv1.VisitState_VISIT_STATE_UNSPECIFIED)},
		{op: "dispatch.v1.Visits/Assign", reach: "WMD", body: assign, after: (*town).offered},
		{op: "dispatch.v1.Visits/Accept", reach: "T", body: "{}", after: then(ticketsv1.State_STATE_ACCEPTED, dispatchv1.VisitState_VISIT_STATE_ACCEPTED)},
		{op: "dispatch.v1.Visits/Depart", reach: "T", body: "{}", after: then(ticketsv1.State_STATE_UNDER_WAY, dispatchv1.VisitState_VISIT_STATE_UNDER_WAY)},
		{op: "dispatch.v1.Positions/Report", reach: whoeverMay, body: `{"point":{"lat":30.21,"lon":120.21}}`},
		{op: "dispatch.v1.Positions/Get", reach: "A"},
		{op: "dispatch.v1.Visits/Arrive", reach: "T", body: "{}", after: then(ticketsv1.State_STATE_ON_SITE, dispatchv1.VisitState_VISIT_STATE_ON_SITE)},
		{op: "tickets.v1.Tickets/Pause", reach: "TWMD", body: pause, ifMatch: true, after: then(ticketsv1.State_STATE_PAUSED, dispatchv1.VisitState_VISIT_STATE_PAUSED)},
		{op: "tickets.v1.Tickets/Resume", reach: "TWMD", body: "{}", ifMatch: true, after: then(ticketsv1.State_STATE_ON_SITE, dispatchv1.VisitState_VISIT_STATE_ON_SITE)},
		{op: "dispatch.v1.Visits/Finish", reach: "T", body: `{"words":"更换软管"}`, after: then(ticketsv1.State_STATE_FINISHED, dispatchv1.VisitState_VISIT_STATE_UNSPECIFIED)},
		{op: "tickets.v1.Tickets/Reopen", reach: "A", body: "{}", after: (*town).offered},
		{op: "dispatch.v1.Visits/Transfer", reach: "WMD", body: `{"staff_id":"t2","reason":"熟悉该楼"}`, before: (*town).colleagueComes, after: (*town).offered},
		{op: "tickets.v1.Tickets/Rate", reach: "A", body: `{"stars":5}`, before: (*town).work},
	}
}

// changeRows are about other tickets of the resident, then about the register and the staff. Tickets are opened when nobody is
// on duty any more who would move them on.
func changeRows() []row {
	return []row{
		{op: "tickets.v1.Tickets/Follow", reach: "BRA", body: "{}", before: (*town).openAnother, between: (*town).tellFollowers},
		{op: "tickets.v1.Tickets/Urge", reach: "AWMD", body: "{}", before: (*town).openNext},
		{op: "tickets.v1.Tickets/Cancel", reach: "AWMD", body: `{"reason":"自己修好了"}`},
		{op: "dispatch.v1.Boards/SetHelp", reach: "MD", body: `{"helper_ids":[]}`, anyVersion: true},
		{op: "notify.v1.Feeds/MarkRead", reach: whoeverMay, body: `{"seq":1}`},
		{op: "residents.v1.Registry/RevealContact", reach: "WMD", body: `{"reason":"上门前联系"}`},
		{op: "residents.v1.Registry/SetRole", reach: "MD", body: `{"person_id":"p5","role":"HOME_ROLE_FAMILY"}`},
		{op: "hr.v1.Staff/SetCertificate", reach: "MD", body: `{"certificate":{"skill":"gas","name":"燃气安装维修"}}`},
		{op: "residents.v1.Registry/Import", reach: "D", body: `{"districts":[{"id":"d9","name":"9片区"}]}`},
		{op: "hr.v1.Staff/Import", reach: "D", body: `{"staff":[{"employee":{"id":"t9","name":"9号师傅","roles":["admin"]}}]}`},
		{op: "hr.v1.Duty/Start", reach: "TOKGWSML", body: "{}"},
		{op: "hr.v1.Duty/End", reach: "TOKGWSML", body: "{}"},
		{op: "tickets.v1.Tickets/Open", body: `{"home_id":"h2","category":"cleaning","photo_ids":["{photos}"]}`}, // another's photo
		{op: "tickets.v1.Tickets/Open", reach: "ARWMD", body: `{"home_id":"{homes}","category":"cleaning"}`},
	}
}

// isFor says that the caller is one of those who do it. A row without reach is for nobody.
func (r row) isFor(c visitor, o operation) bool {
	return strings.Contains(r.reach, c.letter) || r.reach == whoeverMay && o.mayAsk(c)
}

// inOrder are those who do it.
func (r row) inOrder(o operation) (all []visitor) {
	letters := r.reach
	if letters == whoeverMay {
		letters = ""
		for _, c := range visitors {
			letters += c.letter
		}
	}
	for _, letter := range strings.Split(letters, "") {
		for _, c := range visitors {
			if c.letter == letter && o.mayAsk(c) {
				all = append(all, c)
			}
		}
	}
	return all
}
