// Command sim lets policies of dispatch live through seeded days of repair tickets and says how many promises they keep.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/linlihub/linli/services/dispatch/plan"
	"github.com/linlihub/linli/tools/sim/policy"
	"github.com/linlihub/linli/tools/sim/world"
)

func main() {
	if err := command(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "sim:", err)
		os.Exit(1)
	}
}

func command(args []string, out io.Writer) error {
	if len(args) == 0 || args[0] != "run" {
		return fmt.Errorf("usage: sim run --rate 85 --seeds 1,2,3,4 --policies ours,greedy,fcfs,hindsight --json FILE")
	}
	return run(args[1:], out)
}

type options struct {
	rates    string
	seeds    string
	policies string
	file     string
	noise    float64
	limit    time.Duration
}

func run(args []string, out io.Writer) error {
	var o options
	set := flag.NewFlagSet("run", flag.ContinueOnError)
	set.StringVar(&o.rates, "rate", "85", "tickets per hour in the peak; several with commas")
	set.StringVar(&o.seeds, "seeds", "1,2,3,4", "seeds of the days")
	set.StringVar(&o.policies, "policies", "ours,greedy,fcfs", "what to compare: "+strings.Join(policy.Names(), " "))
	set.StringVar(&o.file, "json", "", "file to write results to")
	set.Float64Var(&o.noise, "noise", 0, "spread (of the logarithm) of real around standard times")
	set.DurationVar(&o.limit, "limit", 20*time.Second, "how long hindsight looks for tours")
	if err := set.Parse(args); err != nil {
		return err
	}
	var all []result
	for _, rate := range strings.Split(o.rates, ",") {
		perHour, err := strconv.ParseFloat(rate, 64)
		if err != nil {
			return fmt.Errorf("rate %q: %w", rate, err)
		}
		results, err := o.rate(perHour, out)
		if err != nil {
			return err
		}
		all = append(all, results...)
	}
	if o.file == "" {
		return nil
	}
	text, err := json.MarshalIndent(all, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(o.file, append(text, '\n'), 0o644)
}

func (o *options) rate(perHour float64, out io.Writer) (all []result, err error) {
	for _, name := range strings.Split(o.policies, ",") {
		for _, text := range strings.Split(o.seeds, ",") {
			seed, err := strconv.ParseUint(text, 10, 64)
			if err != nil {
				return nil, fmt.Errorf("seed %q: %w", text, err)
			}
			spec := world.Standard(perHour, seed)
			spec.Noise = o.noise
			r, err := o.one(name, world.Make(spec))
			if err != nil {
				return nil, err
			}
			fmt.Fprintf(out, "%-12s %4.0f/h seed %3d  %4d tickets  on time %.4f  P1 %.4f  p50 %5.0f s  p99 %6.0f s  max %6.0f  %5.0f km  decision p99 %.2f ms bumped %d\n",
				name, perHour, seed, r.Tickets, r.OnTimeShare, r.EmergencyShare, r.WaitP50S, r.WaitP99S, r.WaitMaxS, r.TravelKM, r.DecisionP99MS, r.Bumped)
			all = append(all, r)
		}
	}
	return all, nil
}

func (o *options) one(name string, d world.Day) (result, error) {
	if name == "hindsight" {
		_, served := policy.Hindsight(d, o.limit, time.Now)
		return measure(name, d, served), nil
	}
	decide, settings, err := policy.Find(name)
	if err != nil {
		return result{}, err
	}
	var forecast *plan.Forecast
	if name == "ours" {
		forecast = d.Spec.Forecast()
	}
	if settings.Travel == nil {
		settings.Travel = world.Street{}
	}
	return measure(name, d, world.Run(d, decide, settings, forecast, time.Now)), nil
}
