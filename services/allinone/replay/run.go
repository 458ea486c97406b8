package replay

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/linlihub/linli/libs/client"
	"github.com/linlihub/linli/libs/clock"
	"github.com/linlihub/linli/libs/id"
	ticketsv1 "github.com/linlihub/linli/proto/gen/linli/tickets/v1"
	"github.com/linlihub/linli/services/allinone/demo"
)

// Settings are what a replay needs to know.
type Settings struct {
	Server *client.Client
	Sheet  Sheet
	// Mapping from the user may name only categories that exist; nil takes the built-in one, as far as they do.
	Mapping Mapping
	// Codes are where one-time codes arrive; nil lets stewards open for the residents.
	Codes *demo.Codes
	// Seed is that of the community on the server, and of the behaviour of its people.
	Seed   uint64
	Habits Habits
	// Drain is how long, on the server's clock, tickets may take after the last row was opened.
	Drain time.Duration
	// Progress hears how far it is, every few seconds.
	Progress func(Progress)
	Log      *slog.Logger
}

// Progress is how far a replay is.
type Progress struct {
	Now                                                 time.Time // on the server's clock
	Rows, Opened, Assigned, Finished, Rated, Left, Wait int
}

// run is one replay.
type run struct {
	Settings
	id       string      // tells the tickets of this replay from others of the same file
	clock    clock.Clock // the server's
	wall     clock.Clock // of the network
	log      *slog.Logger
	register *demo.Register
	town     *town
	mapping  Mapping
	tally    *tally
	people   *people
	director *client.Client
	stewards map[string][]*client.Client // by district

	residents sync.WaitGroup // who judge
	crew      sync.WaitGroup // who answer and work

	began   time.Time // on the server's clock
	remarks []Remark
}

// Replay drives the rows through the server and reports. An error says that it could not be done; a report that is not Good
// says that it was done and what went wrong.
func Replay(ctx context.Context, s Settings) (Report, error) {
	r, err := open(ctx, s)
	if err != nil {
		return Report{}, err
	}
	wallBegan := r.wall.Now()
	table := Schedule(s.Sheet.Rows, r.began)
	r.remarks = append(r.remarks, table.remarks()...)
	if err := r.play(ctx, table); err != nil {
		return Report{}, err
	}
	found, err := r.find(ctx)
	if err != nil {
		return Report{}, fmt.Errorf("verify: %w", err)
	}
	report := r.report(found)
	report.ShiftDays, report.Folded, report.Behind = table.ShiftDays, table.Folded, table.Behind
	report.WallSeconds = r.wall.Now().Sub(wallBegan).Seconds()
	return report, nil
}

// open meets the server: its clock, its categories, and whether it holds the community that the replay knows.
func open(ctx context.Context, s Settings) (*run, error) {
	register := demo.Community(s.Seed)
	r := &run{
		Settings: s, id: id.New()[24:], wall: clock.Real(), log: s.Log, register: register,
		town: newTown(register, s.Sheet.Rows), tally: newTally(len(s.Sheet.Rows)), stewards: map[string][]*client.Client{},
		people: &people{server: s.Server, known: map[string]*client.Client{}},
	}
	if s.Codes != nil {
		r.people.codes = s.Codes
	}
	serverClock, err := s.Server.Clock(ctx)
	if err != nil {
		return nil, err
	}
	r.clock, r.began = serverClock, serverClock.Now()
	if err := r.signIn(ctx); err != nil {
		return nil, fmt.Errorf("the server does not know the staff of the demo community (seed %d): %w", s.Seed, err)
	}
	return r, r.learnCategories(ctx)
}

// signIn opens the sessions of those who watch and of those who answer the phone.
func (r *run) signIn(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(2)
	for _, e := range r.register.Staff {
		if e.Role() != "director" && e.Role() != "steward" {
			continue
		}
		c := r.Server.As(client.Password(e.Username(), demo.Password))
		if e.Role() == "director" {
			r.director = c
		} else {
			for _, d := range e.At(r.began).GetDistrictIds() {
				r.stewards[d] = append(r.stewards[d], c)
			}
		}
		group.Go(func() error { return demo.SignIn(ctx, c) })
	}
	return group.Wait()
}

func (r *run) learnCategories(ctx context.Context) error {
	answer, err := ticketsv1.NewTicketsClient(r.director).ListCategories(ctx, &ticketsv1.ListCategoriesRequest{})
	if err != nil {
		return fmt.Errorf("read categories: %w", err)
	}
	var known []string
	for _, c := range answer.GetCategories() {
		known = append(known, c.GetCode())
	}
	if r.Mapping != nil {
		r.mapping = r.Mapping
		return r.mapping.Check(append(known, Other))
	}
	mapping, replaced := DefaultMapping().Within(known)
	if r.mapping = mapping; len(replaced) > 0 {
		r.remarks = append(r.remarks, replacedRemark(replaced))
	}
	return nil
}

// play lets the day pass: the crew works, the feeds are watched, rows are opened at their times, and then the work that is
// left is waited for.
func (r *run) play(ctx context.Context, table Timetable) error {
	group, live := errgroup.WithContext(ctx)
	live, stop := context.WithCancel(live)
	ready := map[string]chan struct{}{}
	for _, d := range r.register.Districts {
		ready[d.GetId()] = make(chan struct{})
	}
	r.background(live, group, "watch", func(ctx context.Context) error { return r.watch(ctx, ready) })
	r.background(live, group, "progress", r.tell)
	r.hireCrew(live, group)
	group.Go(func() error {
		defer stop()
		for _, open := range ready {
			select {
			case <-open:
			case <-live.Done():
				return live.Err()
			}
		}
		if err := r.openAll(live, table); err != nil {
			return err
		}
		return r.drain(live)
	})
	err := group.Wait()
	r.residents.Wait()
	r.crew.Wait()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

// background runs what goes on until the play is over: its end then is no failure.
func (r *run) background(ctx context.Context, group *errgroup.Group, name string, fn func(context.Context) error) {
	group.Go(func() error {
		if err := fn(ctx); err != nil && ctx.Err() == nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		return nil
	})
}

// hireCrew lets everybody in the field live, those first whose turn it is.
func (r *run) hireCrew(ctx context.Context, group *errgroup.Group) {
	signIns := make(chan struct{}, 3)
	field := slices.DeleteFunc(slices.Clone(r.register.Staff), func(e demo.Employee) bool { return !e.Field() })
	slices.SortStableFunc(field, func(a, b demo.Employee) int {
		return a.NextTurn(r.began).Start.Compare(b.NextTurn(r.began).Start)
	})
	for _, e := range field {
		t := newTechnician(r, e)
		r.background(ctx, group, "crew", func(ctx context.Context) error { return t.live(ctx, signIns) })
	}
}

// callers bounds who calls at the same time: a file whose day has passed is opened as fast as the server takes it.
const callers = 256

// openAll lets every row call at its time. Calls begin a little earlier, so that signing in is done by then.
func (r *run) openAll(ctx context.Context, table Timetable) error {
	ahead := time.Duration(r.clock.Speed() * float64(lead))
	limit := make(chan struct{}, callers)
	var calls sync.WaitGroup
	defer calls.Wait()
	for _, slot := range table.Slots {
		if err := clock.Wait(ctx, r.clock, slot.At.Add(-ahead)); err != nil {
			return err
		}
		select {
		case limit <- struct{}{}:
		case <-ctx.Done():
			return ctx.Err()
		}
		calls.Go(func() {
			defer func() { <-limit }()
			r.call(ctx, slot)
		})
	}
	return nil
}
