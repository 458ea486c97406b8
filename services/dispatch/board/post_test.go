package board

import (
	"testing"
	"time"

	"github.com/linlihub/linli/services/dispatch/plan"
)

// yonder is where all tickets of these tests come from.
var yonder = plan.Place{Lat: 30.28, Lon: 120.16, Community: "spring"}

// advised is a board that has learned where tickets come from, and has advised liu to wait there.
func advised(t *testing.T) (*Board, *TechnicianRow) {
	t.Helper()
	b := district()
	for i := range 20 { // the tickets of an hour
		opened := now.Add(time.Duration(i-20) * 3 * minute)
		j := ticket(string(rune('a'+i)), func(j *JobRow) { j.Place, j.Opened, j.Category = yonder, opened, "plumbing" })
		b.JobOpened(j, now)
		b.JobClosed(j.ID, "cancelled", now)
	}
	b.TechnicianChanged(technician("liu"), now)
	b.Settle()
	b.DutyStarted("liu", here, now.Add(8*time.Hour), now.Add(9*time.Hour), now)
	liu := b.technicians["liu"]
	if liu.Post != yonder || !liu.Posted.Equal(now) || len(b.Changes()) != 0 {
		t.Fatalf("advised %+v, told %v", liu.Post, told(b))
	}
	b.Settle()
	return b, liu
}

// An advice vanishes with the next offer, the end of duty, a loan, by itself after a while, and when it was followed.
func TestAdvice_Vanishes(t *testing.T) {
	for name, do := range map[string]func(*Board){
		"an offer": func(b *Board) { b.JobOpened(ticket("leak"), now) },
		"by hand": func(b *Board) {
			b.JobOpened(ticket("wall", func(j *JobRow) { j.Skill = "masonry" }), now)
			_, _ = b.Assign("wall", "liu", "office", "会", now)
		},
		"duty ends":  func(b *Board) { b.DutyEnded("liu", now) },
		"elsewhere":  func(b *Board) { b.Away("liu", now.Add(time.Hour), now) },
		"a loan":     func(b *Board) { b.Lend("liu", "west") },
		"it was old": func(b *Board) { b.settings.Policy.Posts.Most = 0; b.Replan(now.Add(30 * minute)) },
	} {
		t.Run(name, func(t *testing.T) {
			b, liu := advised(t)
			do(b)
			if liu.Post.Known() || !liu.Posted.IsZero() || !b.dirtyTechnicians["liu"] {
				t.Errorf("still advised %+v", liu.Post)
			}
		})
	}
}

// Who is there has followed it; who is near by not yet, and what hr tells anew changes nothing.
func TestAdvice_IsFollowed(t *testing.T) {
	b, _ := advised(t)
	b.TechnicianChanged(technician("liu"), now)
	liu := b.technicians["liu"]
	if liu.Post != yonder {
		t.Fatal("forgotten")
	}
	half := yonder
	half.Lat -= .01
	if b.MovePosition("liu", half, now) || !liu.Post.Known() {
		t.Error("followed half-way")
	}
	if !b.MovePosition("liu", yonder, now) || liu.Post.Known() {
		t.Error("not followed at the place")
	}
	if b.MovePosition("liu", yonder, now) {
		t.Error("followed twice")
	}
	b.Replan(now.Add(minute))
	if liu.Post.Known() {
		t.Errorf("advised again: %+v", liu.Post)
	}
}

// Whoever has something in hand is not advised, and a board whose policy wants no advice gives none.
func TestAdvice_IsNotForTheBusy(t *testing.T) {
	b, liu := advised(t)
	leak := opened(t, b, ticket("leak"))
	must(t, b.Accept(leak.ID, "liu", now))
	b.Replan(now.Add(minute))
	if liu.Post.Known() || b.advisable() {
		t.Errorf("advised %+v", liu.Post)
	}
	must(t, b.Depart(leak.ID, "liu", now))
	must(t, b.Arrive(leak.ID, "liu", now))
	must(t, b.Finish(leak.ID, "liu", "", "", now.Add(5*minute)))
	if liu.Post != yonder {
		t.Errorf("after the work advised %+v", liu.Post)
	}
}
