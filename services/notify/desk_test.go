package notify

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/linlihub/linli/libs/authz"
	"github.com/linlihub/linli/libs/bus"
	"github.com/linlihub/linli/libs/embedded"
	"github.com/linlihub/linli/libs/ephemeral"
	"github.com/linlihub/linli/libs/live"
	"github.com/linlihub/linli/libs/outbox"
	"github.com/linlihub/linli/libs/store/storetest"
	dispatchv1 "github.com/linlihub/linli/proto/gen/linli/dispatch/v1"
	notifyv1 "github.com/linlihub/linli/proto/gen/linli/notify/v1"
	ticketsv1 "github.com/linlihub/linli/proto/gen/linli/tickets/v1"
	"github.com/linlihub/linli/services/notify/feed"
)

var start = time.Date(2025, 3, 24, 6, 0, 0, 0, time.UTC) // 14:00 in China

type desk struct {
	*Desk
	t    *testing.T
	told int
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	db := storetest.Open(t, storetest.SQLite(t))
	must(t, db.Migrate(t.Context(), migrations, "notify"))
	_, err := outbox.Open(t.Context(), db, outbox.Config{Source: "notify"})
	must(t, err)
	redis, err := embedded.StartRedis(t.Context())
	must(t, err)
	client := ephemeral.Open(ephemeral.Config{Addr: redis.Addr()})
	t.Cleanup(func() {
		if err := errors.Join(client.Close(), redis.Close()); err != nil {
			t.Error(err)
		}
	})
	return &desk{t: t, Desk: &Desk{db: db, signals: newSignals(live.Open(client, "demo", slog.New(slog.DiscardHandler)))}}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// as is the caller by name: anna and ben are residents, liu and wang technicians, the stewards are of their districts.
func (d *desk) as(name string) context.Context {
	p := authz.Principal{Account: "staff:" + name, Staff: name, Roles: []authz.Role{authz.Technician}, Districts: []string{"east"}}
	switch name {
	case "anna", "ben":
		p = authz.Principal{Account: "person:" + name, Person: name, Roles: []authz.Role{authz.Resident}}
	case "east", "west":
		p.Roles, p.Districts = []authz.Role{authz.Steward}, []string{name}
	}
	return authz.With(d.t.Context(), p, "")
}

// hears hands an event of anna's ticket to the reaction that is for it.
func (d *desk) hears(e ticketEvent, l line) {
	d.t.Helper()
	d.told++
	d.hearsAs(fmt.Sprint("m", d.told), e, l)
}

func (d *desk) hearsAs(id string, e ticketEvent, l line) {
	d.t.Helper()
	must(d.t, d.once(d.t.Context(), bus.Message{ID: id}, d.tells(e, l)))
}

func (d *desk) lines(who, name string) (texts []string) {
	d.t.Helper()
	answer, err := d.List(d.as(who), &notifyv1.ListRequest{Feed: name})
	must(d.t, err)
	for _, e := range answer.GetEntries() {
		texts = append(texts, e.GetText().GetZh())
	}
	return texts
}

func head(staff string) *ticketsv1.Head {
	return &ticketsv1.Head{TicketId: "leak", DistrictId: "east", ResidentId: "anna", StaffId: staff, At: timestamppb.New(start)}
}

// A line goes to the ticket's and the district's feed, and to the resident where it matters; others read nothing.
func TestFeed_IsReadByThoseItConcerns(t *testing.T) {
	d := newDesk(t)
	d.hears(&ticketsv1.TicketOpened{Head: head("")}, line{text: feed.Opened})
	d.hears(&ticketsv1.TicketAssigned{
		Head: head("liu"), StaffName: "刘师傅", EtaFrom: timestamppb.New(start.Add(20 * time.Minute)), EtaTo: timestamppb.New(start.Add(35 * time.Minute)),
	}, line{text: feed.Assigned, person: true})
	want := []string{"工单已提交，正在为您派单", "已派单给刘师傅，预计 14:20–14:35 到达"}
	for who, reads := range map[string]bool{"anna": true, "east": true, "liu": true, "ben": false, "west": false, "wang": false} {
		got := d.lines(who, "ticket:leak")
		if reads && !slices.Equal(got, want) || !reads && len(got) != 0 {
			t.Errorf("%s reads %v", who, got)
		}
	}
	if got := d.lines("east", "district:east"); !slices.Equal(got, want) {
		t.Errorf("the district hears %v", got)
	}
	if got := d.lines("anna", "person:anna"); !slices.Equal(got, want[1:]) {
		t.Errorf("anna hears %v", got)
	}
	for who, name := range map[string]string{"ben": "person:anna", "anna": "staff:liu", "liu": "district:east", "west": "district:east", "east": "ticket:nothing"} {
		if got := d.lines(who, name); len(got) != 0 {
			t.Errorf("%s reads %v in %s", who, got, name)
		}
	}
}

func TestFeed_AnEventThatComesTwiceIsOneLine(t *testing.T) {
	d := newDesk(t)
	for range 2 {
		d.hearsAs("same", &ticketsv1.TicketOpened{Head: head("")}, line{text: feed.Opened})
	}
	if got := d.lines("anna", "ticket:leak"); len(got) != 1 {
		t.Errorf("anna reads %v", got)
	}
}

// DOMAIN 3: at 100 % of the target the resident gets an apology, and not before.
func TestRule3_TheApologyComesAtTheHundred(t *testing.T) {
	d := newDesk(t)
	for _, level := range []int32{50, 80, 100} {
		d.hears(&ticketsv1.TicketEscalated{Head: head(""), Level: level}, line{text: feed.Escalated, alarm: true})
	}
	if got := d.lines("anna", "person:anna"); len(got) != 1 || !strings.Contains(got[0], "抱歉") {
		t.Errorf("anna hears %v", got)
	}
	if got := d.lines("east", "district:east"); len(got) != 3 {
		t.Errorf("the district hears %v", got)
	}
}

// DOMAIN 9: who gives way to an emergency is told so, and so is the technician.
func TestRule9_TheBumpedResidentIsTold(t *testing.T) {
	d := newDesk(t)
	d.hears(&ticketsv1.TicketOpened{Head: head("")}, line{text: feed.Opened})
	h := &dispatchv1.Head{TicketId: "leak", VisitId: "v", DistrictId: "east", StaffId: "liu", At: timestamppb.New(start)}
	must(t, d.onVisitOffered(t.Context(), bus.Message{ID: "offered"}, &dispatchv1.VisitOffered{Head: h, OfferedTo: []string{"liu", "wang"}}))
	must(t, d.onVisitWithdrawn(t.Context(), bus.Message{ID: "withdrawn"}, &dispatchv1.VisitWithdrawn{Head: h, Reason: "preempted", WasOfferedTo: []string{"wang"}}))
	for who, want := range map[string]string{"liu": "紧急工单优先", "wang": "已撤回"} {
		if got := d.lines(who, "staff:"+who); len(got) != 2 || !strings.Contains(got[1], want) {
			t.Errorf("%s hears %v", who, got)
		}
	}
	if got := d.lines("anna", "person:anna"); len(got) != 1 || !strings.Contains(got[0], "紧急事件") {
		t.Errorf("anna hears %v", got)
	}
}

// Work for two: whoever is asked to come along hears so, and when they are free again; the office hears that nobody can be asked.
func TestFeed_WorkForTwo(t *testing.T) {
	d := newDesk(t)
	d.hears(&ticketsv1.TicketSecondMissed{Head: head("liu")}, line{text: feed.SecondMissed, alarm: true, staff: &feed.SecondMissed})
	h := &dispatchv1.Head{TicketId: "leak", VisitId: "v2", DistrictId: "east", StaffId: "wang", At: timestamppb.New(start)}
	must(t, d.onSecondOffered(t.Context(), bus.Message{ID: "offered"}, &dispatchv1.SecondOffered{Head: h, OfferedTo: []string{"wang"}}))
	d.hears(&ticketsv1.TicketSecondJoined{
		Head: head("liu"), StaffName: "王师傅", EtaFrom: timestamppb.New(start.Add(20 * time.Minute)), EtaTo: timestamppb.New(start.Add(35 * time.Minute)),
	}, line{text: feed.SecondJoined, person: true, staff: &feed.SecondJoined})
	must(t, d.onSecondReleased(t.Context(), bus.Message{ID: "left"}, &dispatchv1.SecondReleased{Head: h, Reason: "finished"}))
	if got := d.lines("wang", "staff:wang"); !slices.Equal(got, []string{feed.SecondOffer.ZH, feed.SecondFree.ZH}) {
		t.Errorf("wang hears %v", got)
	}
	if got := d.lines("anna", "person:anna"); !slices.Equal(got, []string{"双人作业：协助人员王师傅一同上门，预计 14:20–14:35 到达"}) {
		t.Errorf("anna hears %v", got)
	}
	if got := d.lines("liu", "staff:liu"); len(got) != 2 || got[0] != feed.SecondMissed.ZH {
		t.Errorf("the first hears %v", got)
	}
}

func TestNotices_NewestFirstAndCounted(t *testing.T) {
	d := newDesk(t)
	for range 3 {
		d.hears(&ticketsv1.TicketAccepted{Head: head("liu"), StaffName: "刘师傅"}, line{text: feed.Accepted, person: true})
	}
	_, err := d.MarkRead(d.as("anna"), &notifyv1.MarkReadRequest{Seq: 2})
	must(t, err)
	got, err := d.ListNotices(d.as("anna"), &notifyv1.ListNoticesRequest{})
	must(t, err)
	if n := got.GetNotices(); len(n) != 3 || n[0].GetSeq() != 3 || got.GetUnread() != 1 || got.GetReadUpTo() != 2 {
		t.Errorf("notices %v", got)
	}
	if got, err := d.ListNotices(d.as("ben"), &notifyv1.ListNoticesRequest{}); err != nil || len(got.GetNotices()) != 0 || got.GetUnread() != 0 {
		t.Errorf("ben has %v, %v", got, err)
	}
}
