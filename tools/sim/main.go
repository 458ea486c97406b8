// Command sim lets policies of dispatch live through seeded days of repair tickets and says how many promises they keep.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/linlihub/linli/tools/sim/policy"
)

func main() {
	if err := command(context.Background(), os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "sim:", err)
		os.Exit(1)
	}
}

var errUsage = errors.New(`usage: sim run --rate 70,85,110 --seeds 11,12,13,14 --policies ours,greedy,fcfs,hindsight,bound --json FILE
       sim snapshot --seeds 11,12,13,14 --limits 100ms,1s,10s --json FILE
       sim vary --rate 85 --seeds 11,12,13,14 --json FILE
       sim chart --days FILES --variants FILES --moments FILES --json FILE --svg FILE`)

func command(ctx context.Context, args []string, out io.Writer) error {
	if len(args) == 0 {
		return errUsage
	}
	switch args[0] {
	case "run":
		return run(ctx, args[1:], out)
	case "snapshot":
		return snapshot(ctx, args[1:], out)
	case "vary":
		return vary(ctx, args[1:], out)
	case "chart":
		return chart(args[1:])
	default:
		return errUsage
	}
}

// options are the flags of run.
type options struct {
	rates, seeds, policies, file string
	sigma, noise, road           float64
	absent, lost, deaf           float64
	learned                      int
	unheard                      bool
	limit, prove                 time.Duration
	day                          string
}

func run(ctx context.Context, args []string, out io.Writer) error {
	var o options
	set := flag.NewFlagSet("run", flag.ContinueOnError)
	set.StringVar(&o.rates, "rate", "85", "tickets per hour in the peak")
	set.StringVar(&o.seeds, "seeds", "1,2,3,4", "seeds of the days")
	set.StringVar(&o.policies, "policies", "ours,greedy,fcfs,hindsight", "of "+strings.Join(policy.Names(), " "))
	set.StringVar(&o.file, "json", "", "file to write the results to")
	set.Float64Var(&o.sigma, "sigma", .4, "spread (of the logarithm) of standard times, which are known when a ticket opens")
	set.Float64Var(&o.noise, "noise", 0, "spread of real around standard times, which nobody knows")
	set.Float64Var(&o.road, "road-noise", 0, "spread of real around expected rides")
	set.Float64Var(&o.absent, "no-shows", 0, "share of visits where nobody opens the door: they end after five minutes")
	set.Float64Var(&o.lost, "lost", 0, "share of rides on which the technician's position is not heard of")
	set.Float64Var(&o.deaf, "deaf", 0, "share of advices where to wait that are not followed")
	set.BoolVar(&o.unheard, "unheard", false, "who rides to where to wait is not heard of before they are there")
	set.IntVar(&o.learned, "learned", 0, "days, this one counted, in which a board has learned the forecast; 0: it is true")
	set.StringVar(&o.day, "day", "", "take hours and places from a CSV export of the 311 schema, scaled to the rates")
	set.DurationVar(&o.limit, "limit", 20*time.Second, "how long hindsight looks for tours")
	set.DurationVar(&o.prove, "prove", 45*time.Second, "how long the bound is made tighter; it holds at any time")
	if err := set.Parse(args); err != nil {
		return err
	}
	rates, err := list(o.rates, func(s string) (float64, error) { return strconv.ParseFloat(s, 64) })
	if err != nil {
		return err
	}
	seeds, err := list(o.seeds, func(s string) (uint64, error) { return strconv.ParseUint(s, 10, 64) })
	if err != nil {
		return err
	}
	all, err := o.compare(ctx, rates, seeds, out)
	if err != nil {
		return err
	}
	return write(o.file, all)
}

// write keeps results as JSON, unless there is no file for them.
func write(file string, all any) error {
	if file == "" {
		return nil
	}
	text, err := json.MarshalIndent(all, "", " ")
	if err != nil {
		return err
	}
	return os.WriteFile(file, append(text, '\n'), 0o600)
}

// list parses words with commas between them.
func list[T any](text string, parse func(string) (T, error)) (all []T, err error) {
	for _, word := range strings.Split(text, ",") {
		one, err := parse(word)
		if err != nil {
			return nil, fmt.Errorf("list %q: %w", text, err)
		}
		all = append(all, one)
	}
	return all, nil
}
