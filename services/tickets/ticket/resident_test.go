package ticket

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/linlihub/linli/libs/fault"
)

func TestRule5_OneRatingPerCycle(t *testing.T) {
	at := nineAM.Add(2 * time.Hour)
	tk := finished(t)
	refused(t, tk.Rate(0, "", anna, at), ErrStars)
	refused(t, tk.Rate(6, "", anna, at), ErrStars)
	refused(t, tk.Rate(5, strings.Repeat("好", MaxWords+1), anna, at), ErrWordsTooLong)
	refused(t, tk.Rate(5, "", ben, at), ErrNotYours)
	refused(t, tk.Rate(5, "", office, at), ErrNotYours)
	ok(t, tk.Rate(4, "谢谢", anna, at))
	refused(t, tk.Rate(4, "谢谢", anna, at), ErrAlreadyRated)
	refused(t, tk.Rate(1, "不好", anna, at), ErrAlreadyRated)
	s := tk.Snapshot()
	if tk.State() != StateClosed || s.ClosedWhy != ClosedRated || len(s.Ratings) != 1 {
		t.Errorf("%s %s %v", tk.State(), s.ClosedWhy, s.Ratings)
	}
	if r := s.Rating(); r.ID != RatingID("ticket-1", 1) || r.StaffID != liu.ID || r.Stars != 4 || r.By != anna.ID {
		t.Errorf("%+v", r)
	}
}

func TestRule5_EditableForADayByTheSameResident(t *testing.T) {
	at := nineAM.Add(2 * time.Hour)
	rated := func() *Ticket {
		tk := finished(t)
		ok(t, tk.Rate(4, "谢谢", anna, at))
		return tk
	}
	tk := rated()
	refused(t, tk.EditRating(2, "", ben, at), ErrNotYours)
	refused(t, tk.EditRating(2, "", Staff(anna.ID), at), ErrNotYours)
	refused(t, tk.EditRating(9, "", anna, at), ErrStars)
	version := tk.Version()
	ok(t, tk.EditRating(4, "谢谢", anna, at)) // nothing new
	if tk.Version() != version {
		t.Error("an edit that changes nothing was recorded")
	}
	ok(t, tk.EditRating(2, "又漏了", anna, at.Add(24*time.Hour)))
	refused(t, tk.EditRating(5, "", anna, at.Add(24*time.Hour+time.Second)), ErrRatingWindow)
	s := tk.Snapshot()
	if r := s.Rating(); r.Stars != 2 || r.Words != "又漏了" || !r.At.Equal(at) || !r.Edited.Equal(at.Add(24*time.Hour)) {
		t.Errorf("%+v", r)
	}
	refused(t, finished(t).EditRating(3, "", anna, at), ErrNotRated)
}

func TestRule5_AutoCloseGivesNoRating(t *testing.T) {
	tk := finished(t)
	done := nineAM.Add(time.Hour)
	no(t, tk.Fire(AutoClose, done.Add(72*time.Hour-time.Second)))
	yes(t, tk.Fire(AutoClose, done.Add(72*time.Hour)))
	no(t, tk.Fire(AutoClose, done.Add(72*time.Hour)))
	s := tk.Snapshot()
	if tk.State() != StateClosed || s.ClosedWhy != ClosedAuto || s.Rating() != nil {
		t.Errorf("%s %s %v", tk.State(), s.ClosedWhy, s.Ratings)
	}
	refused(t, tk.Rate(5, "", anna, done.Add(169*time.Hour)), ErrRatingWindow)
	ok(t, tk.Rate(5, "", anna, done.Add(168*time.Hour))) // late, but the resident's own
	if s := tk.Snapshot(); s.ClosedWhy != ClosedAuto || s.Rating().Stars != 5 {
		t.Errorf("%s %v", s.ClosedWhy, s.Ratings)
	}
}

func TestRate_OnlyWhatIsFinished(t *testing.T) {
	refused(t, open(t, nineAM).Rate(5, "", anna, nineAM), ErrNotFinished)
	refused(t, assigned(t).Rate(5, "", anna, nineAM), ErrNotFinished)
	tk := open(t, nineAM)
	ok(t, tk.Cancel("", anna, nineAM))
	refused(t, tk.Rate(5, "", anna, nineAM), ErrClosed)
}

func TestRate_ByThePersonItIsFor(t *testing.T) {
	r := request()
	r.By, r.For = office, anna.ID
	tk, err := Open(r, standard(t), nineAM)
	ok(t, err)
	visit(t, tk, "v1", liu, nineAM)
	refused(t, tk.Rate(5, "", office, nineAM), ErrNotYours)
	ok(t, tk.Rate(5, "", anna, nineAM))
}

func TestRule6_NotFixedReturnsTheSameTicket(t *testing.T) {
	tk := finished(t)
	ok(t, tk.Rate(5, "", anna, nineAM.Add(2*time.Hour)))
	ok(t, tk.Reopen("又漏了", anna, nineAM.Add(25*time.Hour)))
	s := tk.Snapshot()
	if tk.State() != StateOpened || tk.Cycle() != 2 || s.Rating() != nil || len(s.Ratings) != 1 || s.ID != "ticket-1" {
		t.Fatalf("%s cycle %d ratings %v", tk.State(), tk.Cycle(), s.Ratings)
	}
	if len(s.Excluded) != 0 || s.Supervisor {
		t.Error("the first return excludes nobody")
	}
	refused(t, tk.EditRating(1, "", anna, nineAM.Add(25*time.Hour)), ErrNotRated) // the former rating is history

	now := nineAM.Add(25*time.Hour + 30*time.Minute)
	clocks := tk.Clocks(now)
	if r := clocks.Resolution; !r.Stopped.IsZero() || r.Used <= time.Hour || clocks.Cycles[0].Cycle.Posted != s.Timeline.Cycles[0].Posted {
		t.Errorf("the clock from the creation does not run on: %+v", r)
	}
	if c := clocks.Current(); !c.Cycle.Posted.Equal(nineAM.Add(25*time.Hour)) || !c.Response.Stopped.IsZero() {
		t.Errorf("the new cycle has no clocks of its own: %+v", c)
	}
	if first := clocks.Cycles[0]; first.Response.Used != 2*time.Minute || !first.Arrival.Kept {
		t.Errorf("the clocks of the first cycle are lost: %+v", first)
	}

	visit(t, tk, "v2", wang, now)
	ok(t, tk.Rate(2, "", anna, now.Add(2*time.Hour)))
	ok(t, tk.Reopen("还是漏", anna, now.Add(3*time.Hour)))
	e := tk.Changes()[len(tk.Changes())-1].(Reopened)
	if e.Cycle != 3 || !slices.Equal(e.Excluded, []string{liu.ID, wang.ID}) || !e.Supervisor {
		t.Errorf("the second return tells %+v", e)
	}
	if s := tk.Snapshot(); len(s.Ratings) != 2 || !s.Supervisor || !slices.Equal(s.Excluded, e.Excluded) {
		t.Errorf("%+v", s)
	}
}

func TestReopen_Refuses(t *testing.T) {
	done := nineAM.Add(time.Hour)
	refused(t, open(t, nineAM).Reopen("", anna, nineAM), ErrNotFinished)
	refused(t, finished(t).Reopen("", ben, done), ErrNotYours)
	refused(t, finished(t).Reopen("", anna, done.Add(168*time.Hour+time.Second)), ErrReopenWindow)
	ok(t, finished(t).Reopen("", anna, done.Add(168*time.Hour)))
	ok(t, finished(t).Reopen("", office, done))
	tk := open(t, nineAM)
	ok(t, tk.Cancel("", anna, nineAM))
	refused(t, tk.Reopen("", anna, nineAM), ErrClosed)
}

func TestUrge(t *testing.T) {
	tk := open(t, nineAM)
	refused(t, tk.Urge("", ben, nineAM), ErrNotYours)
	ok(t, tk.Urge("快点", anna, nineAM))
	err := tk.Urge("", anna, nineAM.Add(9*time.Minute+30*time.Second))
	refused(t, err, ErrUrgedLately)
	if text := fault.TextOf(err, fault.ZH); !strings.Contains(text, "1分钟") {
		t.Errorf("told %s", text)
	}
	ok(t, tk.Follow(ben.ID, nineAM))
	ok(t, tk.Urge("", ben, nineAM.Add(10*time.Minute))) // who follows may urge
	if s := tk.Snapshot(); s.Urges != 2 {
		t.Errorf("%d urges", s.Urges)
	}
	ok(t, tk.Cancel("", anna, nineAM))
	refused(t, tk.Urge("", anna, nineAM.Add(time.Hour)), ErrClosed)
	refused(t, tk.Urge("", ben, nineAM.Add(time.Hour)), ErrClosed)
	refused(t, finished(t).Urge("", anna, nineAM.Add(time.Hour)), ErrFinished)
}

func TestCancel(t *testing.T) {
	tk := assigned(t)
	refused(t, tk.Cancel("", ben, nineAM), ErrNotYours)
	yes(t, tk.Accept("v1", liu, nineAM))
	yes(t, tk.Arrive("v1", liu, nineAM))
	refused(t, tk.Cancel("", anna, nineAM), ErrCancelTooLate)
	ok(t, tk.Pause(AccessRefused, "", Staff(liu.ID), nineAM)) // nobody at home: still to be called off
	ok(t, tk.Cancel("不修了", anna, nineAM))
	e := tk.Changes()[len(tk.Changes())-1].(Cancelled)
	if s := tk.Snapshot(); e.VisitID != "v1" || tk.State() != StateCancelled || s.OpenVisit() != nil || s.ClosedAt.IsZero() {
		t.Errorf("%+v leaves %s", e, tk.State())
	}
	refused(t, tk.Cancel("", anna, nineAM), ErrClosed)
	refused(t, finished(t).Cancel("", anna, nineAM), ErrCancelTooLate)
}

func TestRule8_FollowInsteadOfOpeningAgain(t *testing.T) {
	tk := open(t, nineAM)
	ok(t, tk.Follow(ben.ID, nineAM))
	ok(t, tk.Follow(ben.ID, nineAM))  // again
	ok(t, tk.Follow(anna.ID, nineAM)) // one's own
	if s := tk.Snapshot(); !slices.Equal(s.Followers, []string{ben.ID}) {
		t.Errorf("followers %v", s.Followers)
	}
	refused(t, tk.Cancel("", ben, nineAM), ErrNotYours) // following gives no say
	ok(t, tk.Cancel("", anna, nineAM))
	refused(t, tk.Follow("person-cora", nineAM), ErrClosed)
}

func TestResolve_WithoutAVisit(t *testing.T) {
	r := request()
	r.Kind, r.Category, r.Words = Enquiry, Other, "物业费怎么交"
	tk, err := Open(r, standard(t), nineAM)
	ok(t, err)
	refused(t, tk.Resolve(Result{}, anna, nineAM), ErrStaffOnly)
	refused(t, tk.Resolve(Result{}, Bot("assistant"), nineAM), ErrStaffOnly)
	ok(t, tk.Resolve(Result{Words: "在小程序里缴费"}, office, nineAM.Add(10*time.Minute)))
	c := tk.Clocks(nineAM.Add(time.Hour))
	if tk.State() != StateFinished || !c.Current().Response.Kept || !c.Resolution.Kept {
		t.Errorf("%s %+v", tk.State(), c)
	}
	refused(t, tk.Resolve(Result{}, office, nineAM), ErrFinished)
	ok(t, tk.Rate(5, "", anna, nineAM))
	if s := tk.Snapshot(); s.Rating().StaffID != office.ID {
		t.Errorf("%+v", s.Rating())
	}
	refused(t, tk.Resolve(Result{}, office, nineAM), ErrClosed)
	refused(t, assigned(t).Resolve(Result{}, office, nineAM), ErrVisitOpen)

	paused := open(t, nineAM)
	ok(t, paused.Reply("请问哪天在家？", office, nineAM))
	ok(t, paused.Pause(WaitingResident, "", office, nineAM))
	ok(t, paused.Resolve(Result{Words: "住户自行修好"}, office, nineAM.Add(time.Hour)))
	if paused.State() != StateFinished {
		t.Errorf("state %s", paused.State())
	}
}

func TestClose_ByHand(t *testing.T) {
	refused(t, open(t, nineAM).Close(office, nineAM), ErrNotFinished)
	refused(t, finished(t).Close(ben, nineAM), ErrNotYours)
	tk := finished(t)
	ok(t, tk.Close(anna, nineAM))
	refused(t, tk.Close(anna, nineAM), ErrClosed)
	if s := tk.Snapshot(); s.ClosedWhy != ClosedConfirmed {
		t.Errorf("closed %s", s.ClosedWhy)
	}
}

func TestReplyAndPhotos(t *testing.T) {
	tk := open(t, nineAM)
	refused(t, tk.Reply(" ", office, nineAM), ErrIncomplete)
	refused(t, tk.Reply(strings.Repeat("a", MaxWords+1), office, nineAM), ErrWordsTooLong)
	refused(t, tk.AddPhotos(make([]string, MaxPhotos), anna, nineAM), ErrTooManyPhotos)
	refused(t, tk.AddPhotos([]string{"photo-2"}, ben, nineAM), ErrNotYours)
	ok(t, tk.AddPhotos([]string{"photo-2"}, anna, nineAM))
	ok(t, tk.AddPhotos(nil, anna, nineAM))
	if s := tk.Snapshot(); !slices.Equal(s.Photos, []string{"photo-1", "photo-2"}) || tk.Version() != 2 {
		t.Errorf("photos %v", s.Photos)
	}
	ok(t, tk.Cancel("", anna, nineAM))
	refused(t, tk.Reply("?", anna, nineAM), ErrClosed)
	refused(t, tk.AddPhotos([]string{"photo-3"}, anna, nineAM), ErrClosed)
}

func TestWords_AreTidied(t *testing.T) {
	r := request()
	r.Words = "  厨房\x00漏水\xff\n急\u0007 "
	tk, err := Open(r, standard(t), nineAM)
	ok(t, err)
	if s := tk.Snapshot(); s.Words != "厨房漏水\n急" {
		t.Errorf("kept %q", s.Words)
	}
}

func TestEveryRefusalIsAFault(t *testing.T) {
	for _, err := range []error{ErrClosed, ErrStale, ErrLimitDay.With("limit", 10)} {
		if fault.CodeOf(err) == "internal" || !errors.Is(err, fault.KindOf(err)) {
			t.Errorf("%v is no fault", err)
		}
	}
}
