// Command sim lets policies of dispatch live through seeded days of repair tickets and says how many promises they keep.
package main

import (
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
	"github.com/linlihub/linli/tools/sim/world"
)

func main() {
	if err := command(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "sim:", err)
		os.Exit(1)
	}
}

var errUsage = errors.New("usage: sim run --rate 70,85,110 --seeds 1,2,3,4 --policies ours,greedy,fcfs,hindsight,bound --json FILE")

func command(args []string, out io.Writer) error {
	if len(args) == 0 || args[0] != "run" {
		return errUsage
	}
	return run(args[1:], out)
}

// options are the flags of run.
type options struct {
	rates, seeds, policies, file string
	sigma, noise, road           float64
	limit                        time.Duration
}

func run(args []string, out io.Writer) error {
	var o options
	set := flag.NewFlagSet("run", flag.ContinueOnError)
	set.StringVar(&o.rates, "rate", "85", "tickets per hour in the peak")
	set.StringVar(&o.seeds, "seeds", "1,2,3,4", "seeds of the days")
	set.StringVar(&o.policies, "policies", "ours,greedy,fcfs,hindsight", "of "+strings.Join(policy.Names(), " "))
	set.StringVar(&o.file, "json", "", "file to write the results to")
	set.Float64Var(&o.sigma, "sigma", .4, "spread (of the logarithm) of standard times, which are known when a ticket opens")
	set.Float64Var(&o.noise, "noise", 0, "spread of real around standard times, which nobody knows")
	set.Float64Var(&o.road, "road-noise", 0, "spread of real around expected rides")
	set.DurationVar(&o.limit, "limit", 20*time.Second, "how long hindsight looks for tours")
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
	all, err := o.compare(rates, seeds, out)
	if err != nil || o.file == "" {
		return err
	}
	text, err := json.MarshalIndent(all, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(o.file, append(text, '\n'), 0o600)
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

func (o *options) compare(rates []float64, seeds []uint64, out io.Writer) (all []result, err error) {
	for _, rate := range rates {
		from := len(all)
		for _, name := range strings.Split(o.policies, ",") {
			for _, seed := range seeds {
				spec := world.Standard(rate, seed)
				spec.ServiceSigma, spec.Noise, spec.RoadNoise = o.sigma, o.noise, o.road
				r, err := o.one(name, world.Make(spec))
				if err != nil {
					return nil, err
				}
				all = append(all, r)
			}
		}
		table(out, all[from:])
	}
	return all, nil
}

func (o *options) one(name string, d world.Day) (result, error) {
	switch name {
	case "bound":
		return measure(name, d, world.Served{}).bound(policy.Bound(d)), nil
	case "hindsight":
		return measure(name, d, policy.Hindsight(d, o.limit, time.Now)), nil
	}
	served, err := policy.Live(name, d, time.Now)
	if err != nil {
		return result{}, err
	}
	return measure(name, d, served), nil
}
