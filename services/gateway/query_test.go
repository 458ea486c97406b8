package gateway_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/linlihub/linli/libs/fault/faulthttp"
)

// A query parameter that does not fit its field is refused by its name, in a sentence that says what it should be.
func TestAQueryParameterThatDoesNotFitIsNamed(t *testing.T) {
	w := start(t)
	for query, c := range map[string]struct{ field, zh, en string }{
		"page_size=ten":                               {"page_size", "整数", "whole number"},
		"page_size=5000000000":                        {"page_size", "32 位整数", "32 bits"},
		"category=x&page_size=1.5&states=1":           {"page_size", "整数", "whole number"},
		"pageSize=ten":                                {"pageSize", "整数", "whole number"},
		"page_size=1&page_size=2":                     {"page_size", "一次", "once"},
		"page_size=1&pageSize=2":                      {"page_size", "一次", "once"},
		"states=STATE_OPENED&states=WISHES":           {"states", "取值", "values"},
		"states=WISHES":                               {"states", "取值", "values"},
		"category[x]=1":                               {"category[x]", "不是这样的参数", "no such"},
		"page_size." + strings.Repeat("x", 99) + "=1": {"page_size." + strings.Repeat("x", 54), "不是这样的参数", "no such"},
	} {
		for _, lang := range []string{"zh-CN", "en"} {
			got := w.send(t, http.MethodGet, "/v1/tickets?"+query, "", "Accept-Language", lang)
			var p faulthttp.Problem
			if err := json.Unmarshal([]byte(got.body), &p); err != nil || got.status != http.StatusBadRequest || p.Code != "gateway.query" || len(p.Errors) != 1 {
				t.Errorf("%s: %d %s", query, got.status, got.body)
				continue
			}
			want := map[string]string{"zh-CN": c.zh, "en": c.en}[lang]
			if p.Errors[0].Field != c.field || !strings.Contains(p.Errors[0].Detail, want) || !strings.Contains(p.Detail, c.field) {
				t.Errorf("%s in %s: %+v", query, lang, p)
			}
		}
	}
	got := w.send(t, http.MethodGet, "/v1/tickets?category=%zz", "")
	var p faulthttp.Problem
	if err := json.Unmarshal([]byte(got.body), &p); err != nil || p.Code != "gateway.query_form" || p.Status != http.StatusBadRequest {
		t.Errorf("a query that is none: %d %s", got.status, got.body)
	}
}
