package telemetry_test

import (
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/linlihub/linli/libs/telemetry"
)

func TestRedact(t *testing.T) {
	const trace, uuid = "4bf92f3577b34da613812345678e4736", "01981381-2345-7678-89ab-13812345678a"
	for given, want := range map[string]string{
		"13812345678":                       "138****5678",
		"电话13812345678，请回电":                 "电话138****5678，请回电",
		"phone=13812345678&x=1":             "phone=138****5678&x=1",
		"+8613812345678":                    "+86138****5678",
		"008613812345678":                   "0086138****5678",
		"+86 138 1234 5678":                 "+86 138 **** 5678",
		"138-1234-5678 or 159-8765-4321":    "138-****-5678 or 159-****-4321",
		"110101199003078515":                "110***************",
		"身份证11010119900307851X。":            "身份证110***************。",
		"id 11010119900307851x":             "id 110***************",
		"110101 19900307 8515":              "110*** ******** ****",
		"110101 19900307 851X":              "110*** ******** ****",
		"a13812345678":                      "a138****5678",
		"13812345678 13912345678":           "138****5678 139****5678",
		`{"phone":"13812345678","n":[1,2]}`: `{"phone":"138****5678","n":[1,2]}`,

		"":                                     "",
		"12812345678":                          "12812345678",         // no such prefix
		"1381234567":                           "1381234567",          // too short
		"138123456789":                         "138123456789",        // too long
		"1742745600000":                        "1742745600000",       // milliseconds
		"1742745600000000":                     "1742745600000000",    // microseconds
		"1742745600000000000":                  "1742745600000000000", // nanoseconds
		"110101199013078515":                   "110101199013078515",  // born in a thirteenth month
		"2025-03-24T08:00:00":                  "2025-03-24T08:00:00",
		"138-1234":                             "138-1234",
		trace:                                  trace,
		uuid:                                   uuid,
		"span_id=13812345678abcde":             "span_id=13812345678abcde",
		"span_id=ab13812345678cde parent=0":    "span_id=ab13812345678cde parent=0",
		"cafe-13812345678":                     "cafe-138****5678", // as long as a span's id, but two words
		"00-" + trace + "-13812345678abcde-01": "00-" + trace + "-13812345678abcde-01",
	} {
		if got := telemetry.Redact(given); got != want {
			t.Errorf("%q\n got %q\nwant %q", given, got, want)
		}
	}
}

func TestRedactCostsNothingWhereNothingIsToMask(t *testing.T) {
	line := "planned 3 visits in 1.25ms for ticket 0198c1f0-7a1b-7c2d-8e3f-1a2b3c4d5e6f at 2025-03-24T08:00:00Z"
	if n := testing.AllocsPerRun(100, func() { telemetry.Redact(line) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestRedactIsLinear(t *testing.T) {
	hostile := strings.Repeat("13812345678a-", 5_000) // would be quadratic if each number looked at the whole token
	if got := telemetry.Redact(hostile); len(got) != len(hostile) {
		t.Error("length changed")
	}
}

func BenchmarkRedact(b *testing.B) {
	line := "planned 3 visits in 1.25ms for ticket 0198c1f0-7a1b-7c2d-8e3f-1a2b3c4d5e6f at 2025-03-24T08:00:00Z"
	b.SetBytes(int64(len(line)))
	for b.Loop() {
		telemetry.Redact(line)
	}
}

// What the guard promises, said in another way: no such number is left between non-digits in a text without long tokens.
var (
	mobileLeft  = regexp.MustCompile(`(^|[^0-9])((00)?86)?1[3-9][0-9]{9}([^0-9]|$)`)
	citizenLeft = regexp.MustCompile(`(^|[^0-9])[0-9]{6}(19|20)[0-9]{2}(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])[0-9]{3}[0-9Xx]([^0-9]|$)`)
	longToken   = regexp.MustCompile(`[0-9a-fA-F-]{32,}`)
)

func FuzzRedact(f *testing.F) {
	for _, seed := range []string{"13812345678", "电话 138 1234 5678", "11010119900307851X", "0086-13812345678x", "\xff13812345678\xfe"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got := telemetry.Redact(text)
		switch {
		case len(got) != len(text):
			t.Errorf("%q became %q: another length", text, got)
		case telemetry.Redact(got) != got:
			t.Errorf("%q became %q, then %q", text, got, telemetry.Redact(got))
		case utf8.ValidString(text) && !utf8.ValidString(got):
			t.Errorf("%q became invalid %q", text, got)
		case longToken.MatchString(text):
			return
		case mobileLeft.MatchString(got), citizenLeft.MatchString(got):
			t.Errorf("%q became %q: a number is left", text, got)
		}
	})
}
