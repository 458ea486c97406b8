package replay

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"
)

// bar is one bar of a chart: a label, a length of the chart's full length, and what is written behind it.
type bar struct {
	ZH, EN, Value string
	// Length is of 1000; Part, if any, is the part of it in the first colour, the rest is in the second.
	Length, Part float64
}

// full is the length of the longest bar.
const full = 1000

func scaled(value, most float64) float64 {
	if most <= 0 {
		return 0
	}
	return math.Round(full*10*value/most) / 10
}

// funnel shows how many rows came how far.
func funnel(r Report) []bar {
	steps := []struct {
		zh, en string
		n      int
	}{
		{"读取", "read", r.Read},
		{"开单", "opened", r.Opened},
		{"派单", "assigned", r.Assigned},
		{"完工", "finished", r.Finished},
		{"评价", "rated", r.Rated},
	}
	var bars []bar
	for _, s := range steps {
		length := scaled(float64(s.n), float64(r.Read))
		bars = append(bars, bar{ZH: s.zh, EN: s.en, Value: fmt.Sprint(s.n), Length: length, Part: length})
	}
	return bars
}

// timeBars shows the percentiles of the three times on one scale.
func timeBars(r Report) []bar {
	most := max(r.T1s.P99, r.T2s.P99, r.T3s.P99)
	var bars []bar
	for _, t := range []struct {
		name string
		Distribution
	}{{"T1", r.T1s}, {"T2", r.T2s}, {"T3", r.T3s}} {
		for _, p := range []struct {
			name  string
			value float64
		}{{"p50", t.P50}, {"p90", t.P90}, {"p99", t.P99}} {
			length := scaled(p.value, most)
			bars = append(bars, bar{ZH: t.name, EN: p.name, Value: span(time.Duration(p.value) * time.Second), Length: length, Part: length})
		}
	}
	return bars
}

// categoryBars shows the share on time of each category, those with most tickets first.
func categoryBars(groups []Group) []bar {
	sorted := slices.SortedStableFunc(slices.Values(groups), func(a, b Group) int { return cmp.Compare(b.Opened, a.Opened) })
	var bars []bar
	for _, g := range sorted {
		bars = append(bars, bar{
			ZH: g.ZH, EN: g.EN, Length: full, Part: scaled(g.Share, 1),
			Value: fmt.Sprintf("%s · %d/%d · T3 p50 %s", percent(g.Share), g.OnTime, g.Due, span(time.Duration(g.T3s.P50)*time.Second)),
		})
	}
	return bars
}

func starBars(stars [5]int) []bar {
	most := float64(slices.Max(stars[:]))
	var bars []bar
	for i := len(stars) - 1; i >= 0; i-- {
		length := scaled(float64(stars[i]), most)
		bars = append(bars, bar{ZH: fmt.Sprintf("%d 星", i+1), EN: "★", Value: fmt.Sprint(stars[i]), Length: length, Part: length})
	}
	return bars
}

// hourColumn is one hour of the day: tickets on time below, the others above.
type hourColumn struct {
	Hour                  string
	X, Width              int
	OnTimeY, OnTimeHeight int
	LateY, LateHeight     int
	Opened, Due, OnTime   int
	Share                 float64
	Label                 bool
}

// columnChart is the chart of the day, drawn in a box of 24×30 by 200.
type columnChart struct {
	Columns []hourColumn
	Lines   []gridLine
}

type gridLine struct{ Y, Value int }

const chartHeight = 200

func hourColumns(groups []Group) columnChart {
	most := 1
	for _, g := range groups {
		most = max(most, g.Due)
	}
	step := max(1, (most+3)/4)
	top := 4 * step
	height := func(n int) int { return n * chartHeight / top }
	var chart columnChart
	for n := 0; n <= top; n += step {
		chart.Lines = append(chart.Lines, gridLine{chartHeight - height(n), n})
	}
	for hour := range 24 {
		c := hourColumn{Hour: fmt.Sprintf("%02d", hour), X: hour*30 + 4, Width: 22, Label: hour%3 == 0}
		if i := slices.IndexFunc(groups, func(g Group) bool { return g.Key == c.Hour }); i >= 0 {
			g := groups[i]
			c.Opened, c.Due, c.OnTime, c.Share = g.Opened, g.Due, g.OnTime, g.Share
			c.OnTimeHeight, c.LateHeight = height(g.OnTime), height(g.Due)-height(g.OnTime)
			c.OnTimeY = chartHeight - c.OnTimeHeight
			c.LateY = c.OnTimeY - c.LateHeight
		}
		chart.Columns = append(chart.Columns, c)
	}
	return chart
}
