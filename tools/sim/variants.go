package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"strconv"
	"text/tabwriter"
	"time"

	"github.com/linlihub/linli/tools/sim/policy"
	"github.com/linlihub/linli/tools/sim/world"
)

// variant is what goes other than the planner expects.
type variant struct {
	name   string
	short  string // for a chart
	change func(*world.Spec)
}

var variants = []variant{
	{"as planned", "plan", func(*world.Spec) {}},
	{"work σ 0.5", "work", func(s *world.Spec) { s.Noise = .5 }},
	{"rides σ 0.3", "rides", func(s *world.Spec) { s.RoadNoise = .3 }},
	{"nobody opens, 1 in 10", "absent", func(s *world.Spec) { s.NoShows = .1 }},
	{"position lost, 1 in 5", "lost", func(s *world.Spec) { s.Lost = .2 }},
	{"all of these", "all", func(s *world.Spec) { s.Noise, s.RoadNoise, s.NoShows, s.Lost = .5, .3, .1, .2 }},
	{"a board's first day", "day 1", func(s *world.Spec) { s.Learned = 1 }},
	{"a board's sixth day", "day 6", func(s *world.Spec) { s.Learned = 6 }},
	{"8 in 10 follow advice, unheard of", "advice", func(s *world.Spec) { s.Deaf, s.Unheard = .2, true }},
	{"10× for 15 min", "burst", func(s *world.Spec) { s.Burst = 10 }},
}

// vary lets ours and greedy live through days on which not all goes as planned.
func vary(_ context.Context, args []string, out io.Writer) error {
	set := flag.NewFlagSet("vary", flag.ContinueOnError)
	rate := set.Float64("rate", 85, "tickets per hour in the peak")
	seedList := set.String("seeds", "11,12,13,14", "seeds of the days")
	file := set.String("json", "", "file to write the results to")
	if err := set.Parse(args); err != nil {
		return err
	}
	seeds, err := list(*seedList, func(s string) (uint64, error) { return strconv.ParseUint(s, 10, 64) })
	if err != nil {
		return err
	}
	var all []result
	for _, v := range variants {
		for _, name := range []string{"ours", "greedy"} {
			for _, seed := range seeds {
				spec := world.Standard(*rate, seed)
				v.change(&spec)
				d := world.Make(spec)
				served, err := policy.Live(name, d, time.Now)
				if err != nil {
					return err
				}
				r := measure(name, d, served)
				r.Variant = v.name
				all = append(all, r)
			}
		}
	}
	varied(out, all, *rate)
	return write(*file, all)
}

func varied(out io.Writer, all []result, rate float64) {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "%.0f/h\tours\tP1\tp99 s\tgreedy\tP1\tp99 s\tdrained ÷ fluid, ours\tgreedy\n", rate)
	for _, v := range variants {
		ours, greedy := of(all, v.name, "ours"), of(all, v.name, "greedy")
		fmt.Fprintf(w, "%s\t%.4f\t%.4f\t%.0f\t%.4f\t%.4f\t%.0f", v.name, ours.OnTimeShare, ours.EmergencyShare, ours.WaitP99S,
			greedy.OnTimeShare, greedy.EmergencyShare, greedy.WaitP99S)
		if ours.FluidS > 0 {
			fmt.Fprintf(w, "\t%.2f\t%.2f", ours.DrainedS/ours.FluidS, greedy.DrainedS/greedy.FluidS)
		}
		fmt.Fprintln(w)
	}
	_ = w.Flush()
}

// of is the mean of one policy in one variant.
func of(all []result, name, policy string) result {
	var some []result
	for _, r := range all {
		if r.Variant == name {
			some = append(some, r)
		}
	}
	return mean(some, policy)
}
