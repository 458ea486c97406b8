package op_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"unicode"

	"google.golang.org/protobuf/proto"

	"github.com/linlihub/linli/libs/fault"
	"github.com/linlihub/linli/libs/op"
	ticketsv1 "github.com/linlihub/linli/proto/gen/linli/tickets/v1"
)

func TestEveryBrokenRuleNamesItsField(t *testing.T) {
	long := strings.Repeat("长", 2001)
	photos := slices.Repeat([]string{"p"}, 7)
	for name, c := range map[string]struct {
		request proto.Message
		field   string
		zh, en  string // parts of the texts
	}{
		"empty":          {&ticketsv1.OpenRequest{}, "home_id", "不能为空", "at least 1"},
		"too long":       {&ticketsv1.OpenRequest{HomeId: "h", Words: long}, "words", "最多 2000", "2000"},
		"unknown enum":   {&ticketsv1.OpenRequest{HomeId: "h", Kind: 99}, "kind", "可选范围", "defined enum"},
		"not in list":    {&ticketsv1.OpenRequest{HomeId: "h", Source: "pigeon"}, "source", "可选范围", "in list"},
		"too many":       {&ticketsv1.OpenRequest{HomeId: "h", PhotoIds: photos}, "photo_ids", "最多 6", "6"},
		"one of many":    {&ticketsv1.OpenRequest{HomeId: "h", PhotoIds: []string{"p", long}}, "photo_ids[1]", "最多 64", "64"},
		"nothing chosen": {&ticketsv1.PauseRequest{Id: "t"}, "reason", "请选择", "not"},
		"below":          {&ticketsv1.RateRequest{Id: "t"}, "stars", "允许范围", "greater than or equal to 1"},
		"above":          {&ticketsv1.RateRequest{Id: "t", Stars: 6}, "stars", "允许范围", "less than or equal to 5"},
	} {
		t.Run(name, func(t *testing.T) {
			err := op.Validate(c.request)
			report := fault.ReportOf(err)
			if !errors.Is(err, fault.Invalid) || len(report.Violations) != 1 {
				t.Fatalf("got %v", err)
			}
			v := report.Violations[0]
			if v.Field != c.field || !strings.Contains(v.ZH, c.zh) || !strings.Contains(v.EN, c.en) {
				t.Errorf("got %q: %q, %q", v.Field, v.ZH, v.EN)
			}
			if strings.ContainsFunc(v.EN, func(r rune) bool { return unicode.Is(unicode.Han, r) }) {
				t.Errorf("English is %q", v.EN)
			}
		})
	}
	if err := op.Validate(&ticketsv1.OpenRequest{HomeId: "h", Words: strings.Repeat("长", 2000)}); err != nil {
		t.Errorf("a good request: %v", err)
	}
}

func TestABadRequestNeverReachesItsHandler(t *testing.T) {
	each(t, func(t *testing.T, p *platform) {
		p.desk.open = func(context.Context, *ticketsv1.OpenRequest) (*ticketsv1.Ticket, error) {
			t.Error("it did")
			return nil, nil
		}
		_, err := p.tickets().Open(p.as(t, resident), &ticketsv1.OpenRequest{Kind: 99, Source: "pigeon"})
		var fields []string
		for _, v := range fault.ReportOf(err).Violations {
			fields = append(fields, v.Field)
			if v.ZH == "" || v.EN == "" || v.ZH == v.EN {
				t.Errorf("%s is told as %q and %q", v.Field, v.ZH, v.EN)
			}
		}
		slices.Sort(fields)
		if !errors.Is(err, fault.Invalid) || !slices.Equal(fields, []string{"home_id", "kind", "source"}) {
			t.Errorf("%v names %v", err, fields)
		}
	})
}
