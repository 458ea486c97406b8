package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
)

// page is all that a chart shows, and the one file in which a whole benchmark is kept.
type page struct {
	Days     []result `json:"days"`
	Variants []result `json:"variants"`
	Moments  []shot   `json:"moments"`
}

// chart draws the page of charts from the files of runs, and keeps them as one.
func chart(args []string) error {
	var p page
	set := flag.NewFlagSet("chart", flag.ContinueOnError)
	days := set.String("days", "", "files of run")
	variants := set.String("variants", "", "files of vary")
	moments := set.String("moments", "", "files of snapshot")
	file := set.String("json", "", "file to keep all of them in")
	svg := set.String("svg", "", "file to draw to")
	if err := set.Parse(args); err != nil {
		return err
	}
	if err := read(*days, &p.Days); err != nil {
		return err
	}
	if err := read(*variants, &p.Variants); err != nil {
		return err
	}
	if err := read(*moments, &p.Moments); err != nil {
		return err
	}
	if err := write(*file, p); err != nil || *svg == "" {
		return err
	}
	return os.WriteFile(*svg, []byte(p.draw()), 0o600)
}

// read appends what several files hold.
func read[T any](files string, all *[]T) error {
	for _, file := range strings.Split(files, ",") {
		if file == "" {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		var some []T
		if err := json.Unmarshal(text, &some); err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		*all = append(*all, some...)
	}
	return nil
}

// rates of the days, the lowest first.
func (p *page) rates() (rates []float64) {
	for _, r := range p.Days {
		if !slices.Contains(rates, r.Rate) {
			rates = append(rates, r.Rate)
		}
	}
	slices.Sort(rates)
	return rates
}

func (p *page) at(rate float64) (some []result) {
	for _, r := range p.Days {
		if r.Rate == rate {
			some = append(some, r)
		}
	}
	return some
}

func (p *page) draw() string {
	d := newDrawing(960, 900)
	p.shares(d.panel(0, 0, "On time, of all tickets of a day", "share within 30 minutes; mean of the days"))
	p.parts(d.panel(1, 0, "Ours without one ingredient", "share within 30 minutes"))
	p.moments(d.panel(0, 1, "A moment with 200 open tickets", "cost ÷ the cost of ours at the same time on the wall"))
	p.noise(d.panel(1, 1, "When not all goes as planned", "share within 30 minutes"))
	return d.String()
}

func (p *page) shares(d panel) {
	g := group{most: 1, lines: []string{"FCFS", "greedy", "ours", "best hindsight", "proven bound"}}
	for _, rate := range p.rates() {
		all := p.at(rate)
		best, _ := hindsight(all)
		g.add(fmt.Sprintf("%.0f/h", rate), mean(all, "fcfs").OnTimeShare, mean(all, "greedy").OnTimeShare, mean(all, "ours").OnTimeShare,
			best.OnTimeShare, mean(all, "bound").OnTimeShare)
	}
	d.bars(g)
}

func (p *page) parts(d panel) {
	g := group{most: 1, lines: []string{"ours", "no forecast", "no price", "no hope", "not ahead", "no ageing", "no posts", "no pre-emption"}}
	for _, rate := range p.rates() {
		all := p.at(rate)
		var values []float64
		for _, name := range []string{"", "-lookahead", "-price", "-postpone", "-ahead", "-ageing", "-posts", "-preemption"} {
			values = append(values, mean(all, "ours"+name).OnTimeShare)
		}
		g.add(fmt.Sprintf("%.0f/h", rate), values...)
	}
	d.bars(g)
}

func (p *page) moments(d panel) {
	cost := map[string]map[float64]float64{}
	var limits []float64
	for _, s := range p.Moments {
		if cost[s.Solver] == nil {
			cost[s.Solver] = map[float64]float64{}
		}
		cost[s.Solver][s.LimitS] += s.Cost
		if !slices.Contains(limits, s.LimitS) {
			limits = append(limits, s.LimitS)
		}
	}
	g := group{most: 2.5, lines: []string{"ours", "VROOM", "OR-tools", "PyVRP"}}
	for _, limit := range limits {
		ours := cost["ours"][limit]
		g.add(fmt.Sprintf("%g s", limit), 1, cost["vroom"][limit]/ours, cost["ortools"][limit]/ours, cost["pyvrp"][limit]/ours)
	}
	d.bars(g)
}

func (p *page) noise(d panel) {
	g := group{most: 1, lines: []string{"ours", "greedy"}}
	for _, v := range variants {
		g.add(v.short, of(p.Variants, v.name, "ours").OnTimeShare, of(p.Variants, v.name, "greedy").OnTimeShare)
	}
	d.bars(g)
}
