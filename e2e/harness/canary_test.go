package harness

import (
	"slices"
	"testing"
)

// A canary is found wherever it sits, and what only looks like one is none.
func TestACanaryIsKnownWhenItIsSeen(t *testing.T) {
	c := &canaries{tokens: map[string]bool{}}
	c.keep("header.claims.0123456789012345678901234567890123456789")
	c.keep("short")
	for text, want := range map[string][]string{
		"level=INFO name=" + Name + " took=1ms":                              {Name},
		"{\"words\":\"" + DoorCode + "，" + IDNumber + "\"}":                  {DoorCode, IDNumber},
		"\x0a\x0b19900000007\x12\x02":                                        {"19900000007"},
		"msg=sent code=123456 phone=199****0001":                             {"the code 123456"},
		`{"code":"123456"}`:                                                  {"the code 123456"},
		"\x12\x06123456\x1a":                                                 {"the code 123456"},
		"Bearer header.claims.0123456789012345678901234567890123456789":      {"the token 0123456789012345678901234567890123456789"},
		"took=123456ns id=01a21489-402b-7ece-b676-19900000007 at=1795640868": nil,
	} {
		if got := c.in(text, []string{"123456"}); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
