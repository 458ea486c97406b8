package e2e_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/google/go-cmp/cmp"
	dispatchv1 "github.com/linlihub/linli/proto/gen/linli/dispatch/v1"
	notifyv1 "github.com/linlihub/linli/proto/gen/linli/notify/v1"
	ticketsv1 "github.com/linlihub/linli/proto/gen/linli/tickets/v1"

	"github.com/linlihub/linli/e2e/harness"
)

// drain waits until the technicians have finished every ticket, for as long as they get on. Nothing comes any more from
// then on.
func (l *load) drain() {
	for left := l.unfinished(); left > 0; {
		l.Eventually("work goes on", func() error {
			now := l.unfinished()
			if now == left {
				return fmt.Errorf("%d tickets are open", left)
			}
			left = now
			return nil
		})
	}
	for _, district := range l.areas() {
		board, err := harness.Boards(l.manager()).Get(l.Context(), &dispatchv1.GetBoardRequest{DistrictId: district})
		if err != nil || len(board.GetWaiting())+len(board.GetVisits()) > 0 {
			l.T().Fatalf("the board of %s holds what is finished: %v, %v", district, board, err)
		}
	}
}

func (l *load) unfinished() (open int) {
	for _, t := range l.tickets() {
		if t.GetState() != ticketsv1.State_STATE_FINISHED {
			open++
		}
	}
	return open
}

// check compares what the platform knows with what it answered.
func (l *load) check() {
	l.T().Helper()
	known := l.tickets()
	var want []string
	for _, id := range l.accepted {
		want = append(want, id)
	}
	slices.Sort(want)
	if diff := cmp.Diff(want, slices.Sorted(maps.Keys(known))); diff != "" {
		l.T().Errorf("tickets (-answered +known):\n%s", diff)
	}
	l.T().Logf("%d tickets were accepted", len(want))
	told := map[string][]string{}
	for _, district := range l.areas() {
		kept := l.feed(district)
		l.checkFollower(district, kept)
		for _, e := range kept {
			told[e.GetTicketId()] = append(told[e.GetTicketId()], e.GetType())
		}
	}
	for _, id := range want {
		l.checkStory(id, told[id])
	}
	l.tell(l.T())
}

// tickets are all that there are in some states, in any if none is named, by id; each comes once.
func (l *load) tickets(in ...ticketsv1.State) map[string]*ticketsv1.Ticket {
	l.T().Helper()
	known := map[string]*ticketsv1.Ticket{}
	for token := ""; ; {
		page, err := harness.Tickets(l.manager()).List(l.Context(), &ticketsv1.ListRequest{States: in, PageSize: 200, PageToken: token})
		if err != nil {
			l.T().Fatal(err)
		}
		for _, t := range page.GetTickets() {
			if known[t.GetId()] != nil {
				l.T().Errorf("ticket %s is listed twice", t.GetId())
			}
			known[t.GetId()] = t
		}
		if token = page.GetNextPageToken(); token == "" {
			return known
		}
	}
}

// feed reads a district's feed from its beginning to its end. Its numbers have no gap and no event comes twice.
func (l *load) feed(district string) (all []*notifyv1.Entry) {
	l.T().Helper()
	newest := l.Listen(l.manager(), "/v1/districts/"+district+"/events", "0")
	seen := map[string]bool{}
	for left := l.openedIn(district); left > 0; {
		e := l.Next(newest)
		if e == nil {
			l.T().Fatalf("feed of %s: %d tickets are not finished there after %d entries", district, left, len(all))
		}
		if want := int64(len(all)) + 1; e.GetSeq() != want {
			l.T().Fatalf("feed of %s: entry %d follows %d", district, e.GetSeq(), want-1)
		}
		if seen[e.GetEventId()] {
			l.T().Errorf("feed of %s: event %s was applied twice", district, e.GetEventId())
		}
		seen[e.GetEventId()] = true
		if all = append(all, e); e.GetType() == "TicketFinished" {
			left--
		}
	}
	return all
}

// openedIn counts the tickets of a district.
func (l *load) openedIn(district string) (n int) {
	for key := range l.accepted {
		var home int
		fmt.Sscanf(key, "%d/", &home) //nolint:errcheck // the keys are our own
		if harness.District(home, l.districts) == district {
			n++
		}
	}
	return n
}

// checkFollower compares what somebody heard who followed through all of it with what is kept: no gap, nothing twice.
func (l *load) checkFollower(district string, kept []*notifyv1.Entry) {
	l.T().Helper()
	ids := func(all []*notifyv1.Entry) (ids []string) {
		for _, e := range all {
			ids = append(ids, fmt.Sprintf("%d %s", e.GetSeq(), e.GetEventId()))
		}
		return ids
	}
	l.Eventually("who follows "+district+" has heard everything", func() error {
		l.mu.Lock()
		defer l.mu.Unlock()
		if diff := cmp.Diff(ids(kept), ids(l.heard[district])); diff != "" {
			return errors.New("(-kept +heard):\n" + diff)
		}
		return nil
	})
}

// spoken names what the log of a ticket becomes in a feed.
var spoken = map[string]string{
	"opened": "TicketOpened", "assigned": "TicketAssigned", "unassigned": "TicketUnassigned", "accepted": "TicketAccepted",
	"departed": "TicketDeparted", "eta_moved": "TicketEtaMoved", "arrived": "TicketArrived", "finished": "TicketFinished",
	"no_candidate_raised": "TicketStranded", "escalated": "TicketEscalated",
}

// checkStory sees that a ticket went its way once, that it never had two open visits, and that its district heard of every
// step exactly once.
func (l *load) checkStory(id string, told []string) {
	l.T().Helper()
	story, err := harness.Tickets(l.manager()).GetStory(l.Context(), &ticketsv1.GetStoryRequest{Id: id})
	if err != nil {
		l.T().Fatal(err)
	}
	var want []string
	open, times := 0, map[string]int{}
	for i, e := range story.GetEntries() {
		if e.GetSeq() != int32(i)+1 || e.GetLate() {
			l.T().Errorf("ticket %s: entry %d is %v", id, i+1, e)
		}
		switch times[e.GetType()]++; e.GetType() {
		case "assigned":
			open++
		case "unassigned", "finished":
			open--
		}
		if open < 0 || open > 1 {
			l.T().Errorf("ticket %s has %d open visits after entry %d", id, open, i+1)
		}
		want = append(want, spoken[e.GetType()])
	}
	for _, again := range []string{"accepted", "departed"} { // by the next technician when the first gave way to an emergency
		if n := times[again]; n < 1 || n > 1+times["unassigned"] {
			l.T().Errorf("ticket %s was %s %d times", id, again, n)
		}
	}
	for _, once := range []string{"opened", "arrived", "finished"} {
		if times[once] != 1 {
			l.T().Errorf("ticket %s was %s %d times", id, once, times[once])
		}
	}
	if diff := cmp.Diff(want, told); diff != "" {
		l.T().Errorf("ticket %s (-its story +its district's feed):\n%s", id, diff)
	}
}
