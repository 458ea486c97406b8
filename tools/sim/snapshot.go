package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"strconv"
	"text/tabwriter"
	"time"

	"github.com/linlihub/linli/services/dispatch/tour"

	"github.com/linlihub/linli/tools/sim/peer"
	"github.com/linlihub/linli/tools/sim/policy"
)

// shot is what one solver made of one moment.
type shot struct {
	Solver string  `json:"solver"`
	Seed   uint64  `json:"seed"`
	LimitS float64 `json:"limit_s"`
	TookS  float64 `json:"took_s"`
	Cost   float64 `json:"cost"` // seconds on the road, and weighted seconds of lateness
}

// snapshot compares tours for a moment with 200 open tickets, at equal time on the wall.
func snapshot(ctx context.Context, args []string, out io.Writer) error {
	set := flag.NewFlagSet("snapshot", flag.ContinueOnError)
	seedList := set.String("seeds", "11,12,13,14", "seeds of the moments")
	limitList := set.String("limits", "100ms,1s,10s", "times that solvers are given")
	file := set.String("json", "", "file to write the results to")
	if err := set.Parse(args); err != nil {
		return err
	}
	seeds, err := list(*seedList, func(s string) (uint64, error) { return strconv.ParseUint(s, 10, 64) })
	if err != nil {
		return err
	}
	limits, err := list(*limitList, time.ParseDuration)
	if err != nil {
		return err
	}
	solvers := []string{"ours"}
	if peer.Installed(ctx) {
		solvers = append(solvers, peer.Solvers()...)
	} else {
		fmt.Fprintln(os.Stderr, "LEFT OUT: OR-tools, PyVRP and VROOM are not installed: make peers")
	}
	var all []shot
	for _, limit := range limits {
		for _, seed := range seeds {
			p := policy.Moment(seed)
			for _, solver := range solvers {
				s, err := shoot(ctx, solver, limit, seed, p)
				if err != nil {
					return fmt.Errorf("%s, seed %d: %w", solver, seed, err)
				}
				all = append(all, s)
			}
		}
	}
	shots(out, all, solvers, limits)
	return write(*file, all)
}

func shoot(ctx context.Context, solver string, limit time.Duration, seed uint64, p *tour.Problem) (shot, error) {
	s := shot{Solver: solver, Seed: seed, LimitS: limit.Seconds(), Cost: math.Inf(1)}
	if solver == "ours" {
		began := time.Now()
		gone := func(int) float64 { return float64(time.Since(began)) / float64(limit) }
		a := tour.Solve(p, rand.New(rand.NewPCG(seed, 1)), gone)
		s.TookS = time.Since(began).Seconds()
		s.Cost, _ = p.Cost(a.Tours)
		return s, nil
	}
	a, err := peer.Solve(ctx, solver, limit.Seconds(), p)
	if err != nil {
		return s, err
	}
	s.TookS = a.Took
	for _, tours := range a.Tours {
		cost, ok := p.Cost(tour.Complete(p, tours))
		if !ok {
			return s, fmt.Errorf("%v are no tours", tours)
		}
		s.Cost = min(s.Cost, cost)
	}
	return s, nil
}

// shots prints the mean cost of each solver and ours against the best of the others, moment by moment.
func shots(out io.Writer, all []shot, solvers []string, limits []time.Duration) {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprint(w, "50 technicians, 200 tickets\t")
	for _, solver := range solvers {
		fmt.Fprintf(w, "%s\t", solver)
	}
	fmt.Fprintln(w, "ours ÷ best of the others")
	for _, limit := range limits {
		fmt.Fprintf(w, "%v\t", limit)
		for _, solver := range solvers {
			sum, n := 0., 0.
			for _, s := range all {
				if s.Solver == solver && s.LimitS == limit.Seconds() {
					sum, n = sum+s.Cost, n+1
				}
			}
			fmt.Fprintf(w, "%.0f\t", sum/n)
		}
		fmt.Fprintf(w, "%.3f\n", against(all, limit.Seconds()))
	}
	_ = w.Flush()
}

// against is the mean over moments of our cost by that of the best of the others.
func against(all []shot, limit float64) float64 {
	ours, best := map[uint64]float64{}, map[uint64]float64{}
	for _, s := range all {
		switch former, known := best[s.Seed]; {
		case s.LimitS != limit:
		case s.Solver == "ours":
			ours[s.Seed] = s.Cost
		case !known || s.Cost < former:
			best[s.Seed] = s.Cost
		}
	}
	sum := 0.
	for seed, cost := range ours {
		sum += cost / best[seed]
	}
	return sum / float64(len(ours))
}
