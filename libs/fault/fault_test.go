package fault_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/linlihub/linli/libs/fault"
)

var (
	errClosed = fault.Define(fault.Conflict, "faulttest.closed", "该工单已关闭（{state}）", "this ticket is closed ({state})")
	errFull   = fault.Define(fault.Exhausted, "faulttest.full", "今天已满", "full for today")
)

func TestEveryKindHasANameAndBothTexts(t *testing.T) {
	seen := map[string]bool{}
	for _, k := range fault.Kinds() {
		if k.String() == "" || k.Title(fault.ZH) == "" || k.Title(fault.EN) == "" {
			t.Errorf("kind %d lacks a name or a text", k)
		}
		if seen[k.String()] {
			t.Errorf("two kinds are named %q", k)
		}
		seen[k.String()] = true
		if named, ok := fault.KindNamed(k.String()); !ok || named != k {
			t.Errorf("KindNamed(%q) = %v, %v", k, named, ok)
		}
		if fault.KindOf(k) != k || fault.CodeOf(k) != k.String() {
			t.Errorf("%v as an error has kind %v, code %s", k, fault.KindOf(k), fault.CodeOf(k))
		}
	}
	if _, ok := fault.KindNamed("teapot"); ok {
		t.Error("an unknown kind has a name")
	}
	if got := fault.CodeOf(fault.Kind(200)); got != "internal" {
		t.Errorf("a number that is no kind has code %q", got)
	}
}

func TestErrorsAreReadByCodeAndKindThroughWrapping(t *testing.T) {
	for name, err := range map[string]error{
		"class":     errClosed,
		"value":     errClosed.With("state", "done"),
		"cause":     errClosed.Wrap(io.EOF),
		"wrapped":   fmt.Errorf("close: %w", errClosed.With("state", "done")),
		"joined":    errors.Join(io.EOF, errClosed),
		"outermost": errClosed.Wrap(errFull),
	} {
		t.Run(name, func(t *testing.T) {
			if !errors.Is(err, errClosed) || !errors.Is(err, fault.Conflict) || errors.Is(err, fault.NotFound) {
				t.Errorf("%v is not read as errClosed", err)
			}
			if fault.CodeOf(err) != "faulttest.closed" || fault.KindOf(err) != fault.Conflict {
				t.Errorf("%v: code %s, kind %v", err, fault.CodeOf(err), fault.KindOf(err))
			}
		})
	}
	if err := errClosed.Wrap(io.EOF); !errors.Is(err, io.EOF) {
		t.Error("the cause cannot be seen")
	}
	if !errors.Is(fault.NotFound.Wrap(io.EOF), fault.NotFound) || errors.Is(errFull, errClosed) {
		t.Error("kinds or classes are mixed up")
	}
}

func TestWhatNobodyClassified(t *testing.T) {
	for name, c := range map[string]struct {
		err       error
		kind      fault.Kind
		code      string
		temporary bool
	}{
		"plain":    {errors.New("disk 138 at /var"), fault.Internal, "internal", false},
		"deadline": {fmt.Errorf("ask: %w", context.DeadlineExceeded), fault.Timeout, "timeout", true},
		"canceled": {context.Canceled, fault.Unavailable, "canceled", true},
		"class":    {errFull, fault.Exhausted, "faulttest.full", true},
		"conflict": {errClosed, fault.Conflict, "faulttest.closed", false},
	} {
		t.Run(name, func(t *testing.T) {
			if fault.KindOf(c.err) != c.kind || fault.CodeOf(c.err) != c.code || fault.Temporary(c.err) != c.temporary {
				t.Errorf("%v, %s, temporary %v", fault.KindOf(c.err), fault.CodeOf(c.err), fault.Temporary(c.err))
			}
		})
	}
	if fault.CodeOf(nil) != "ok" || fault.Temporary(nil) {
		t.Error("nil is an error")
	}
	report := fault.ReportOf(errors.New("disk 138 at /var"))
	if strings.Contains(fmt.Sprint(report), "disk") {
		t.Errorf("the detail leaves the process: %+v", report)
	}
}

func TestTextsAreFilledInBothLanguages(t *testing.T) {
	err := errClosed.With("state", "done")
	if got := fault.TextOf(err, fault.ZH); got != "该工单已关闭（done）" {
		t.Error(got)
	}
	if got := fault.TextOf(err, fault.EN); got != "this ticket is closed (done)" {
		t.Error(got)
	}
	if got := fault.TextOf(errClosed, fault.EN); got != "this ticket is closed (…)" {
		t.Errorf("a missing value shows as %q", got)
	}
	at := time.Date(2026, 3, 24, 8, 0, 0, 0, time.UTC)
	if got := fault.TextOf(errClosed.With("state", at), fault.EN); got != "this ticket is closed (2026-03-24T08:00:00Z)" {
		t.Error(got)
	}
}

func TestValuesAreShortAndValid(t *testing.T) {
	for given, want := range map[string]string{
		"a\xffb":                   "a\uFFFDb",
		strings.Repeat("邻", 200):   strings.Repeat("邻", 200),
		strings.Repeat("x", 1<<20): strings.Repeat("x", 200) + "…",
	} {
		if got := fault.ReportOf(errClosed.With("state", given)).Meta["state"]; got != want {
			t.Errorf("%.20q became %.20q (%d bytes)", given, got, len(got))
		}
	}
}

func TestTheLogLineHasEverything(t *testing.T) {
	err := errClosed.With("state", "done").With("cycle", 2).Field("id", "编号有误", "bad id").Wrap(io.EOF)
	want := "faulttest.closed: this ticket is closed (done) [cycle=2] [state=done] (id: bad id): EOF"
	if err.Error() != want {
		t.Errorf("got  %s\nwant %s", err, want)
	}
}

func TestAddingNeverChangesASharedError(t *testing.T) {
	shared := errClosed.With("state", "done").Field("a", "甲", "a")
	first, second := shared.Field("b", "乙", "b"), shared.Field("c", "丙", "c")
	_ = shared.With("state", "open")
	if got := fault.ReportOf(shared); got.Meta["state"] != "done" || len(got.Violations) != 1 {
		t.Errorf("shared changed: %+v", got)
	}
	if fault.ReportOf(first).Violations[1].Field != "b" || fault.ReportOf(second).Violations[1].Field != "c" {
		t.Error("two errors share their violations")
	}
}

func TestWaitingIsToldWhereItHelps(t *testing.T) {
	for _, c := range []struct {
		err  error
		want time.Duration
	}{
		{fault.Unavailable, time.Second},
		{errFull, time.Second},
		{errFull.With("n", 10).RetryAfter(time.Minute), time.Minute},
		{fault.NotFound, 0},
	} {
		if got := fault.ReportOf(c.err).RetryAfter; got != c.want {
			t.Errorf("%v: wait %v, want %v", c.err, got, c.want)
		}
	}
}

func TestDefineRefusesMistakesAtProgramStart(t *testing.T) {
	for name, define := range map[string]func(){
		"duplicate":    func() { fault.Define(fault.Conflict, "faulttest.closed", "重复", "twice") },
		"no service":   func() { fault.Define(fault.Conflict, "closed", "无", "none") },
		"upper case":   func() { fault.Define(fault.Conflict, "Tickets.Closed", "大", "big") },
		"no kind":      func() { fault.Define(fault.Kind(99), "faulttest.nokind", "无", "none") },
		"one language": func() { fault.Define(fault.Conflict, "faulttest.mute", "", "mute") },
		"placeholders": func() { fault.Define(fault.Conflict, "faulttest.holes", "{a}", "{b}") },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("accepted")
				}
			}()
			define()
		})
	}
}

func TestCatalogueIsSortedAndHoldsKindsAndClasses(t *testing.T) {
	var codes []string
	for _, c := range fault.Catalogue() {
		codes = append(codes, c.Code())
		if c.Text(fault.ZH) == "" || c.Text(fault.EN) == "" {
			t.Errorf("%s has no text", c.Code())
		}
	}
	if !slices.IsSorted(codes) {
		t.Error("not sorted")
	}
	for _, want := range []string{"internal", "not_found", "required", "canceled", "faulttest.closed"} {
		if !slices.Contains(codes, want) {
			t.Errorf("%s is missing", want)
		}
	}
}

func TestAReportBecomesTheSameErrorAgain(t *testing.T) {
	before := errClosed.With("state", "{x}").Field("id", "编号有误", "bad id").RetryAfter(time.Second)
	report := fault.ReportOf(before)
	after := report.Err(io.EOF)
	if !errors.Is(after, errClosed) || !errors.Is(after, io.EOF) || after.Class().Code() != "faulttest.closed" {
		t.Errorf("lost its class: %v", after)
	}
	if got := fault.ReportOf(after); fmt.Sprint(got) != fmt.Sprint(report) {
		t.Errorf("got  %+v\nwant %+v", got, report)
	}
}
