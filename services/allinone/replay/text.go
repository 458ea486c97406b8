package replay

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"
)

// WriteText prints the report for a terminal.
func WriteText(w io.Writer, r Report) error {
	var b strings.Builder
	fmt.Fprintf(&b, "读取 read %d  跳过 skipped %d  开单 opened %d  派单 assigned %d  完工 finished %d  评价 rated %d  丢失 lost %d\n\n",
		r.Read, r.Skipped, r.Opened, r.Assigned, r.Finished, r.Rated, r.Lost)
	table := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "\tn\tp50\tp90\tp99\tmax")
	for _, line := range r.times() {
		fmt.Fprintf(table, "%s %s\t%d\t%s\t%s\t%s\t%s\n", line.EN, line.Unit, line.N,
			line.Show(line.P50), line.Show(line.P90), line.Show(line.P99), line.Show(line.Max))
	}
	fmt.Fprintf(table, "\n准时上门 on time\t%s\n\n", percent(r.OnTimeShare))
	for _, g := range r.ByCategory {
		fmt.Fprintf(table, "%s %s\t%d\t%s\n", g.ZH, g.EN, g.Opened, percent(g.Share))
	}
	table.Flush()
	b.WriteByte('\n')
	for _, s := range r.SkippedRows {
		fmt.Fprintf(&b, "跳过第 %d 行 skipped row %d: %s\n", s.Row, s.Row, s.Reason)
	}
	for _, s := range r.RefusedRows {
		fmt.Fprintf(&b, "未能开单第 %d 行 refused row %d: %s\n", s.Row, s.Row, s.Reason)
	}
	for _, id := range r.LostTickets {
		fmt.Fprintf(&b, "丢失 lost %s\n", id)
	}
	for _, remark := range r.Remarks {
		fmt.Fprintf(&b, "%s\n%s\n", remark.ZH, remark.EN)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// timesLine is one of the measured times, for text and page.
type timesLine struct {
	Distribution
	ZH, EN, Unit string
	seconds      bool
}

func (r Report) times() []timesLine {
	return []timesLine{
		{r.T1ms, "T1 派单（实际毫秒，从提交到收到派单消息）", "T1 assigned, on the wall", "ms", false},
		{r.T1s, "T1 提交 → 派单", "T1 posted → assigned", "", true},
		{r.T2s, "T2 提交 → 接单", "T2 posted → accepted", "", true},
		{r.T3s, "T3 提交 → 上门", "T3 posted → arrived", "", true},
	}
}

// Show spells a value as people read it: seconds as 1:02:03 or 2:03, milliseconds as they are.
func (l timesLine) Show(value float64) string {
	if l.N == 0 {
		return "–"
	}
	if !l.seconds {
		return fmt.Sprintf("%.0f", value)
	}
	return span(time.Duration(value) * time.Second)
}

func span(d time.Duration) string {
	h, m, s := int(d.Hours()), int(d.Minutes())%60, int(d.Seconds())%60
	if h > 0 {
		return fmt.Sprintf("%d:%02d:%02d", h, m, s)
	}
	return fmt.Sprintf("%d:%02d", m, s)
}

func percent(share float64) string { return fmt.Sprintf("%.1f %%", 100*share) }
