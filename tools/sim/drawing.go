package main

import (
	"fmt"
	"html"
	"strings"
)

// drawing is an SVG of four panels.
type drawing struct {
	strings.Builder
	width, height float64
}

func newDrawing(width, height float64) *drawing {
	d := &drawing{width: width, height: height}
	d.line(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %.0f %.0f" font-family="sans-serif" font-size="11" fill="#222">`, width, height)
	d.line(`<rect width="100%%" height="100%%" fill="#fff"/>`)
	return d
}

func (d *drawing) line(format string, args ...any) { fmt.Fprintf(&d.Builder, format+"\n", args...) }

// String is the whole document.
func (d *drawing) String() string { return d.Builder.String() + "</svg>\n" }

func (d *drawing) text(x, y float64, anchor, style, words string) {
	d.line(`<text x="%.1f" y="%.1f" text-anchor="%s" %s>%s</text>`, x, y, anchor, style, html.EscapeString(words))
}

// panel is a quarter of a drawing.
type panel struct {
	*drawing
	x, y, w, h float64
}

func (d *drawing) panel(column, row float64, title, unit string) panel {
	p := panel{drawing: d, w: d.width/2 - 60, h: d.height/2 - 165}
	p.x, p.y = 45+column*d.width/2, 78+row*d.height/2
	d.text(p.x, p.y-52, "start", `font-size="15" font-weight="bold"`, title)
	d.text(p.x, p.y-36, "start", `fill="#666"`, unit)
	return p
}

// group is bars side by side for each of several cases.
type group struct {
	most   float64  // the height of the panel; a higher bar is cut and still tells its value
	lines  []string // what each bar stands for
	cases  []string
	values [][]float64
}

func (g *group) add(name string, values ...float64) {
	g.cases, g.values = append(g.cases, name), append(g.values, values)
}

// colours that stay apart for those who see no red or green (Okabe and Ito 2008).
var colours = []string{"#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#999999", "#f0e442"}

func (p panel) bars(g group) {
	for i := range 5 {
		share := float64(i) / 4
		y := p.y + p.h*(1-share)
		p.line(`<line x1="%.1f" x2="%.1f" y1="%.1f" y2="%.1f" stroke="#ddd"/>`, p.x, p.x+p.w, y, y)
		p.text(p.x-4, y+4, "end", `fill="#666"`, fmt.Sprintf("%.2g", share*g.most))
	}
	step := p.w / float64(max(1, len(g.cases)))
	thick := step * .86 / float64(len(g.lines))
	for i, name := range g.cases {
		left := p.x + step*(float64(i)+.07)
		for k, value := range g.values[i] {
			p.bar(left+thick*float64(k), thick, value, g.most, colours[k%len(colours)])
		}
		p.text(left+step*.43, p.y+p.h+16, "middle", "", name)
	}
	p.legend(g.lines)
}

func (p panel) bar(x, thick, value, most float64, colour string) {
	high := p.h * max(0, min(1, value/most))
	p.line(`<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" fill="%s"/>`, x, p.y+p.h-high, thick*.92, high, colour)
	label := strings.TrimPrefix(fmt.Sprintf("%.2f", value), "0")
	p.line(`<text transform="translate(%.1f %.1f) rotate(-90)" font-size="9" fill="#222">%s</text>`, x+thick*.46+3, p.y+p.h-high-2, label)
}

func (p panel) legend(lines []string) {
	x, y := p.x, p.y+p.h+34
	for k, name := range lines {
		width := 26 + 6.8*float64(len(name))
		if x+width > p.x+p.w {
			x, y = p.x, y+16
		}
		p.line(`<rect x="%.1f" y="%.1f" width="10" height="10" fill="%s"/>`, x, y-9, colours[k%len(colours)])
		p.text(x+14, y, "start", "", name)
		x += width
	}
}
