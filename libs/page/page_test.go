package page_test

import (
	"errors"
	"testing"

	"pgregory.net/rapid"

	"github.com/linlihub/linli/libs/page"
)

func TestATokenReadsBackForItsOwnFilterOnly(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		filter, other := rapid.String().Draw(t, "filter"), rapid.String().Draw(t, "other")
		cursor := rapid.StringN(1, -1, -1).Draw(t, "cursor")
		token := page.Token(filter, cursor)
		if got, err := page.Cursor(filter, token); err != nil || got != cursor {
			t.Fatalf("got %q, %v", got, err)
		}
		if filter == other {
			return
		}
		if _, err := page.Cursor(other, token); !errors.Is(err, page.ErrToken) {
			t.Fatalf("another filter's token was taken: %v", err)
		}
	})
}

func TestFilterIsUnambiguous(t *testing.T) {
	if page.Filter("a", "b") == page.Filter(`a";"b`) {
		t.Error("two filters are spelled alike")
	}
}

func FuzzCursor(f *testing.F) {
	f.Add("", "")
	f.Add("x", page.Token("x", "17"))
	f.Fuzz(func(t *testing.T, filter, token string) {
		cursor, err := page.Cursor(filter, token)
		if err == nil && token != "" && cursor == "" {
			t.Error("a token without a cursor was taken")
		}
	})
}
