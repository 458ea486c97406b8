package faulthttp_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/linlihub/linli/libs/fault"
	"github.com/linlihub/linli/libs/fault/faulthttp"
)

var errLimit = fault.Define(fault.Exhausted, "httptest.limit", "每天最多{n}单", "at most {n} a day")

func TestEveryKindHasItsOwnStatus(t *testing.T) {
	seen := map[int]fault.Kind{}
	for _, kind := range fault.Kinds() {
		code := faulthttp.Status(kind)
		if http.StatusText(code) == "" || code < 400 {
			t.Errorf("%v answers %d", kind, code)
		}
		if other, taken := seen[code]; taken {
			t.Errorf("%v and %v both answer %d", kind, other, code)
		}
		seen[code] = kind
	}
}

func TestLanguageIsChineseUnlessEnglishIsAsked(t *testing.T) {
	for header, want := range map[string]fault.Lang{
		"":                                     fault.ZH,
		"zh-CN,zh;q=0.9,en;q=0.8":              fault.ZH,
		"en":                                   fault.EN,
		"en-GB,en;q=0.9,zh;q=0.1":              fault.EN,
		"zh-TW":                                fault.ZH,
		"zh-Hant;q=0.3, en-US;q=0.9":           fault.EN,
		"fr-FR, en;q=0.5":                      fault.EN,
		"fr":                                   fault.ZH,
		"*":                                    fault.ZH,
		";;;":                                  fault.ZH,
		strings.Repeat("en-a-bc-", 3000) + "x": fault.ZH,
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header.Set("Accept-Language", header)
		if got := faulthttp.Lang(r); got != want {
			t.Errorf("%.40q → %s, want %s", header, got, want)
		}
	}
}

func TestWrite(t *testing.T) {
	r := httptest.NewRequest(http.MethodPost, "/v1/tickets?phone=1", nil)
	r.Header.Set("Accept-Language", "en")
	span := trace.NewSpanContext(trace.SpanContextConfig{TraceID: trace.TraceID{1}, SpanID: trace.SpanID{2}})
	r = r.WithContext(trace.ContextWithSpanContext(r.Context(), span))
	w := httptest.NewRecorder()
	err := errLimit.With("n", 10).Field("home_id", "请选择房屋", "choose a home").RetryAfter(1500 * time.Millisecond)
	faulthttp.Write(w, r, err.Wrap(errors.New("secret")))

	if w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") != "2" ||
		w.Header().Get("Content-Language") != "en" || w.Header().Get("Content-Type") != faulthttp.ContentType {
		t.Errorf("%d %v", w.Code, w.Header())
	}
	var got faulthttp.Problem
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	want := faulthttp.Problem{
		Type: "urn:linli:problem:httptest.limit", Title: "too many requests, please wait", Status: 429,
		Detail: "at most 10 a day", Code: "httptest.limit", Instance: "/v1/tickets", TraceID: "01000000000000000000000000000000",
		Values: map[string]string{"n": "10"}, Errors: []faulthttp.FieldError{{Field: "home_id", Detail: "choose a home"}},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestAnUnknownErrorShowsNoDetail(t *testing.T) {
	w := httptest.NewRecorder()
	faulthttp.Write(w, httptest.NewRequest(http.MethodGet, "/v1/me", nil), errors.New("secret"))
	body := w.Body.String()
	if w.Code != 500 || strings.Contains(body, "secret") || !strings.Contains(body, "系统内部错误") {
		t.Errorf("%d %s", w.Code, body)
	}
	if w.Header().Get("Retry-After") != "" || w.Header().Get("Content-Language") != "zh-CN" {
		t.Errorf("%v", w.Header())
	}
}
