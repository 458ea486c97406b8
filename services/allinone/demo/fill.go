package demo

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/linlihub/linli/libs/client"
	"github.com/linlihub/linli/libs/clock"
	"github.com/linlihub/linli/libs/fault"
	hrv1 "github.com/linlihub/linli/proto/gen/linli/hr/v1"
	residentsv1 "github.com/linlihub/linli/proto/gen/linli/residents/v1"
)

// Filling puts the community on a server through its public API, as any company would bring its register with it.
type Filling struct {
	// Server calls as nobody; Admin may import.
	Server *client.Client
	Admin  client.Credentials
	// Codes are where residents find their one-time codes; without them stewards open the first tickets for them.
	Codes client.Codes
	Clock clock.Clock
	Log   *slog.Logger

	register *Register
	admin    *client.Client

	mu    sync.Mutex
	staff map[string]*client.Client // signed in, by employee
}

// Fill brings the community of Seed to the server at an address, unless it has it already. The password is that of the
// account admin; data is the folder in which the server writes otp.log.
func Fill(ctx context.Context, address, adminPassword, data string, log *slog.Logger) error {
	server, err := client.New(address, client.Patience(20*time.Second))
	if err != nil {
		return fmt.Errorf("fill demo: %w", err)
	}
	now, err := server.Clock(ctx)
	if err != nil {
		return fmt.Errorf("fill demo: %w", err)
	}
	f := &Filling{Server: server, Admin: client.Password("admin", adminPassword), Clock: now, Log: log}
	if codes, err := OpenCodes(filepath.Join(data, "otp.log")); err == nil {
		f.Codes = codes
	} else {
		log.WarnContext(ctx, "residents of the demo cannot sign in by themselves", slog.Any("err", err))
	}
	return f.Run(ctx, Community(Seed))
}

// Run imports the register, lets everybody begin to work whose shift covers now, and opens the first tickets. A server that
// has the register is left as it is. A run that was cut off may be repeated.
func (f *Filling) Run(ctx context.Context, r *Register) error {
	f.register, f.staff, f.admin = r, map[string]*client.Client{}, f.Server.As(f.Admin)
	full, err := f.full(ctx)
	if err != nil || full {
		return err
	}
	began := clock.Real().Now()
	for _, step := range []struct {
		name string
		run  func(context.Context) error
	}{
		{"import register", f.importRegister},
		{"import field staff", f.importField},
		{"start duty", f.startDuty},
		{"open tickets", f.openTickets},
		{"import office", f.importOffice}, // last: it marks that the rest is done
	} {
		if err := step.run(ctx); err != nil {
			return fmt.Errorf("fill demo: %s: %w", step.name, err)
		}
	}
	f.Log.InfoContext(ctx, "the demo community has moved in", slog.Int("homes", len(r.Homes)), slog.Int("people", len(r.People)),
		slog.Int("staff", len(r.Staff)), slog.Int("on_duty", len(f.staff)), slog.Duration("took", clock.Real().Now().Sub(began)))
	return nil
}

// full says whether the last of the staff, who comes when everything else is done, is there.
func (f *Filling) full(ctx context.Context) (bool, error) {
	last := f.register.Staff[len(f.register.Staff)-1]
	_, err := hrv1.NewStaffClient(f.admin).Get(ctx, &hrv1.GetRequest{Id: last.Username()})
	if fault.KindOf(err) == fault.NotFound && err != nil {
		return false, nil
	}
	return err == nil, err
}

func (f *Filling) importRegister(ctx context.Context) error {
	registry := residentsv1.NewRegistryClient(f.admin)
	for _, batch := range f.register.Batches() { // one after the other: children need their parents
		if _, err := registry.Import(ctx, batch); err != nil {
			return err
		}
	}
	return nil
}

// importField sends small groups side by side: the server hashes every password slowly, on purpose.
func (f *Filling) importField(ctx context.Context) error {
	parallel, ctx := errgroup.WithContext(ctx)
	parallel.SetLimit(2)
	for group := range slices.Chunk(f.employees(Employee.Field), 10) {
		parallel.Go(func() error { return f.importStaff(ctx, group) })
	}
	return parallel.Wait()
}

func (f *Filling) importOffice(ctx context.Context) error {
	return f.importStaff(ctx, f.employees(func(e Employee) bool { return !e.Field() }))
}

func (f *Filling) employees(of func(Employee) bool) []Employee {
	return slices.DeleteFunc(slices.Clone(f.register.Staff), func(e Employee) bool { return !of(e) })
}

func (f *Filling) importStaff(ctx context.Context, some []Employee) error {
	request := &hrv1.ImportRequest{}
	for _, e := range some {
		request.Staff = append(request.Staff, &hrv1.NewEmployee{Employee: e.At(f.Clock.Now()), Username: e.Username(), Password: Password})
	}
	_, err := hrv1.NewStaffClient(f.admin).Import(ctx, request)
	return err
}

// startDuty signs in those whose shift covers now and begins their duty.
func (f *Filling) startDuty(ctx context.Context) error {
	parallel, ctx := errgroup.WithContext(ctx)
	parallel.SetLimit(4)
	for _, e := range f.register.Staff {
		if !e.Field() || !e.NextTurn(f.Clock.Now()).Covers(f.Clock.Now()) {
			continue
		}
		parallel.Go(func() error {
			c := f.Server.As(client.Password(e.Username(), Password))
			if err := SignIn(ctx, c); err != nil {
				return fmt.Errorf("%s: %w", e.Username(), err)
			}
			if _, err := hrv1.NewDutyClient(c).Start(ctx, &hrv1.StartDutyRequest{Point: e.Base()}); err != nil {
				return fmt.Errorf("%s: %w", e.Username(), err)
			}
			f.mu.Lock()
			defer f.mu.Unlock()
			f.staff[e.Username()] = c
			return nil
		})
	}
	return parallel.Wait()
}
