package store

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/linlihub/linli/libs/store"
	"github.com/linlihub/linli/services/tickets/ticket"
)

// filled is a database with tickets of two districts, two homes, two people and two categories, several of one instant.
func filled(t *testing.T, db *store.DB) []*ticket.Ticket {
	t.Helper()
	var tickets []*ticket.Ticket
	for i := range 24 {
		tickets = append(tickets, open(t, fmt.Sprintf("ticket-%02d", i), nineAM.Add(time.Duration(i/3)*time.Minute), func(r *ticket.Request) {
			if i%2 == 0 {
				r.Place.DistrictID, r.Place.HomeID, r.Place.BuildingID = "west", "home-2", "building-2"
			}
			if i%3 == 0 {
				r.Category = ticket.Electrical
			}
			if i%4 == 0 {
				r.By = ticket.Resident("person-ben")
			}
		}))
		if i%5 == 0 {
			tickets[i].Assign(ticket.Assignment{VisitID: fmt.Sprint("v", i), StaffID: liu.ID, By: ticket.System("dispatch")}, nineAM.Add(time.Hour))
		}
		if i%7 == 0 {
			if err := tickets[i].Cancel("", tickets[i].Snapshot().Opener, nineAM.Add(2*time.Hour)); err != nil {
				t.Fatal(err)
			}
		}
	}
	save(t, db, tickets...)
	return tickets
}

// In every filter the pages, joined, are all the tickets that match and no other, newest first.
func TestFind_PagesInEveryFilter(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		tickets := filled(t, db)
		for name, c := range map[string]struct {
			search Search
			want   func(ticket.Snapshot) bool
		}{
			"everywhere":     {Search{Everywhere: true}, func(ticket.Snapshot) bool { return true }},
			"a resident":     {Search{PersonID: "person-ben"}, func(s ticket.Snapshot) bool { return s.For == "person-ben" }},
			"a technician":   {Search{StaffID: liu.ID}, func(s ticket.Snapshot) bool { return s.OpenVisit() != nil }},
			"a district":     {Search{Districts: []string{"west"}}, func(s ticket.Snapshot) bool { return s.Place.DistrictID == "west" }},
			"two districts":  {Search{Districts: []string{"west", "east"}}, func(ticket.Snapshot) bool { return true }},
			"no district":    {Search{Districts: []string{}}, func(ticket.Snapshot) bool { return false }},
			"nobody":         {Search{}, func(ticket.Snapshot) bool { return false }},
			"one of several": {Search{Everywhere: true, DistrictID: "west"}, func(s ticket.Snapshot) bool { return s.Place.DistrictID == "west" }},
			"out of reach":   {Search{Districts: []string{"east"}, DistrictID: "west"}, func(ticket.Snapshot) bool { return false }},
			"a home":         {Search{Everywhere: true, HomeID: "home-1"}, func(s ticket.Snapshot) bool { return s.Place.HomeID == "home-1" }},
			"a category":     {Search{Everywhere: true, Category: "electrical"}, func(s ticket.Snapshot) bool { return s.Category == ticket.Electrical }},
			"states": {Search{Everywhere: true, States: []string{"opened", "cancelled"}}, func(s ticket.Snapshot) bool {
				return s.State() == ticket.StateOpened || s.State() == ticket.StateCancelled
			}},
			"opened in a while": {Search{Everywhere: true, From: nineAM.Add(2 * time.Minute), To: nineAM.Add(4 * time.Minute)}, func(s ticket.Snapshot) bool {
				posted := s.Timeline.Cycles[0].Posted
				return !posted.Before(nineAM.Add(2*time.Minute)) && posted.Before(nineAM.Add(4*time.Minute))
			}},
			"all at once": {Search{PersonID: "person-ben", DistrictID: "west", HomeID: "home-2", Category: "plumbing", States: []string{"opened"}}, func(s ticket.Snapshot) bool {
				return s.For == "person-ben" && s.Place.HomeID == "home-2" && s.Category == ticket.Plumbing && s.State() == ticket.StateOpened
			}},
		} {
			t.Run(name, func(t *testing.T) {
				for _, limit := range []int{1, 2, 5, 100} {
					checkPages(t, db, c.search, limit, wanted(tickets, c.want))
				}
			})
		}
	})
}

func wanted(tickets []*ticket.Ticket, want func(ticket.Snapshot) bool) (ids []string) {
	for _, tk := range slices.Backward(tickets) { // ids rise with the time of opening
		if want(tk.Snapshot()) {
			ids = append(ids, tk.ID())
		}
	}
	return ids
}

func checkPages(t *testing.T, db *store.DB, s Search, limit int, want []string) {
	t.Helper()
	s.Limit = limit
	var got []string
	for {
		var next string
		found := read(t, db, func(ctx context.Context, tx *store.Tx) (found []ticket.Snapshot, err error) {
			found, next, err = all.Find(ctx, tx, s)
			return found, err
		})
		if len(found) > limit {
			t.Fatalf("%d on a page of %d", len(found), limit)
		}
		for _, f := range found {
			got = append(got, f.ID)
		}
		if s.Before = next; next == "" {
			break
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("pages of %d give %v, want %v", limit, got, want)
	}
}

// DOMAIN 8: what the limits look at: those of today in China, and those alike that are not over.
func TestRule8_Recent(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		midnight := time.Date(2025, 3, 23, 16, 0, 0, 0, time.UTC)
		over := open(t, "over", nineAM)
		if err := over.Cancel("", anna, nineAM); err != nil {
			t.Fatal(err)
		}
		save(t, db, open(t, "yesterday", midnight.Add(-time.Microsecond)), open(t, "at midnight", midnight), over,
			open(t, "another category", nineAM, func(r *ticket.Request) { r.Category = ticket.Electrical }),
			open(t, "another home", nineAM, func(r *ticket.Request) { r.Place.HomeID = "home-2" }),
			open(t, "another person", nineAM, func(r *ticket.Request) { r.By = ticket.Resident("person-ben") }))
		got := read(t, db, func(ctx context.Context, tx *store.Tx) (ticket.Recent, error) {
			return all.Recent(ctx, tx, anna.ID, "home-1", "plumbing", nineAM.Add(time.Hour))
		})
		if got.Today != 4 || got.Identical != 2 {
			t.Errorf("recent %+v, want 4 today and 2 alike", got)
		}
	})
}

// DOMAIN 8: suggestions look at the live tickets of the building.
func TestRule8_Nearby(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		over := open(t, "over", nineAM)
		if err := over.Cancel("", anna, nineAM); err != nil {
			t.Fatal(err)
		}
		save(t, db, over, open(t, "here", nineAM), open(t, "there", nineAM, func(r *ticket.Request) { r.Place.BuildingID = "building-2" }))
		got := read(t, db, func(ctx context.Context, tx *store.Tx) ([]ticket.Snapshot, error) {
			return all.Nearby(ctx, tx, "building-1")
		})
		if len(got) != 1 || got[0].ID != "here" {
			t.Errorf("nearby %+v", got)
		}
	})
}

func TestPhoto_IsHeldOnceAndByItsOwner(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		content := bytes.Repeat([]byte{0, 0xff, '\''}, 1000)
		write(t, db, func(ctx context.Context, tx *store.Tx) error {
			for _, id := range []string{"kept", "stray"} {
				if err := all.PutPhoto(ctx, tx, Photo{ID: id, OwnerID: "anna", ContentType: "image/png", Content: content, UploadedAt: nineAM}); err != nil {
					return err
				}
			}
			return nil
		})
		hold := func(photo, owner, ticket string) (held bool) {
			write(t, db, func(ctx context.Context, tx *store.Tx) (err error) {
				held, err = all.HoldPhoto(ctx, tx, photo, owner, ticket)
				return err
			})
			return held
		}
		if hold("kept", "ben", "t1") || hold("nothing", "anna", "t1") || !hold("kept", "anna", "t1") || hold("kept", "anna", "t2") {
			t.Error("a photo was held by the wrong one, or not by the right one")
		}
		write(t, db, func(ctx context.Context, tx *store.Tx) error {
			return all.DropStrayPhotos(ctx, tx, nineAM.Add(time.Second))
		})
		got := read(t, db, func(ctx context.Context, tx *store.Tx) (Photo, error) { return all.Photo(ctx, tx, "kept") })
		if got.TicketID != "t1" || !bytes.Equal(got.Content, content) || !got.UploadedAt.Equal(nineAM) || got.ContentType != "image/png" {
			t.Errorf("kept %s of %s, %d bytes", got.ID, got.TicketID, len(got.Content))
		}
		if hold("stray", "anna", "t3") {
			t.Error("the stray is still there")
		}
	})
}
