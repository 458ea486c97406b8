package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strings"
	"time"

	"github.com/linlihub/linli/tools/sim/bound"
	"github.com/linlihub/linli/tools/sim/peer"
	"github.com/linlihub/linli/tools/sim/policy"
	"github.com/linlihub/linli/tools/sim/world"
)

func (o *options) compare(ctx context.Context, rates []float64, seeds []uint64, out io.Writer) (all []result, err error) {
	sheet, err := world.ReadSheet(o.day)
	if err != nil {
		return nil, err
	}
	for _, rate := range rates {
		from := len(all)
		for _, name := range o.able(ctx) {
			for _, seed := range seeds {
				spec := world.Standard(rate, seed)
				spec.ServiceSigma, spec.Noise, spec.RoadNoise = o.sigma, o.noise, o.road
				spec.NoShows, spec.Lost = o.absent, o.lost
				spec.Deaf, spec.Unheard, spec.Learned = o.deaf, o.unheard, o.learned
				r, err := o.one(ctx, name, sheet.Day(spec))
				if err != nil {
					return nil, fmt.Errorf("%s at %v, seed %d: %w", name, rate, seed, err)
				}
				all = append(all, r)
			}
		}
		table(out, all[from:])
	}
	return all, nil
}

// able are the policies that were asked for, less those whose solvers are not installed: that is said aloud.
func (o *options) able(ctx context.Context) (names []string) {
	there := peer.Installed(ctx)
	for _, name := range strings.Split(o.policies, ",") {
		if _, peers := strings.CutPrefix(name, "hindsight-"); peers && !there {
			fmt.Fprintf(os.Stderr, "LEFT OUT: %s; its solver is not installed: make peers\n", name)
			continue
		}
		if name == "bound" && !there {
			fmt.Fprintln(os.Stderr, "WEAKER: the bound is that of the auction alone, as HiGHS is not installed: make peers")
		}
		names = append(names, name)
	}
	return names
}

func (o *options) one(ctx context.Context, name string, d world.Day) (result, error) {
	if solver, is := strings.CutPrefix(name, "hindsight-"); is {
		return o.foreign(ctx, solver, name, d)
	}
	switch name {
	case "bound":
		return o.bound(ctx, d)
	case "hindsight":
		return measure(name, d, policy.Known(d, policy.Hindsight(d, o.limit, time.Now))), nil
	}
	served, err := policy.Live(name, d, time.Now)
	if err != nil {
		return result{}, err
	}
	return measure(name, d, served), nil
}

// foreign is hindsight by a solver of others; of several answers the best counts.
func (o *options) foreign(ctx context.Context, solver, name string, d world.Day) (best result, err error) {
	a, err := peer.Solve(ctx, solver, o.limit.Seconds(), policy.Problem(d))
	if err != nil {
		return result{}, err
	}
	for k, tours := range a.Tours {
		if _, _, ok := policy.Problem(d).Check(tours); !ok {
			return result{}, fmt.Errorf("what %s answers are no tours", solver)
		}
		if r := measure(name, d, policy.Known(d, tours)); k == 0 || r.OnTimeShare > best.OnTimeShare {
			best = r
		}
	}
	return best, nil
}

// bound is a share that is proven. Tickets are whole: so many of them and a part are so many.
func (o *options) bound(ctx context.Context, d world.Day) (r result, err error) {
	var market bound.Market
	if peer.Installed(ctx) {
		m, err := peer.NewMarket(ctx, policy.Plain(d))
		if err != nil {
			return result{}, err
		}
		defer func() { err = errors.Join(err, m.Close()) }()
		market = m
	}
	began := time.Now()
	got, err := policy.Bound(d, nil, market, func(bound.Progress) bool { return time.Since(began) > o.prove })
	r = result{Policy: "bound", Rate: d.Spec.Rate, Seed: d.Spec.Seed, Tickets: len(d.Tickets), EmergencyShare: 1, Noise: d.Spec.Noise}
	r.OnTimeShare, r.Proven = 1, got.Upper
	if r.Tickets > 0 {
		r.OnTimeShare = min(1, math.Floor(got.Upper+1e-6)/float64(r.Tickets))
	}
	return r, err
}
