package account_test

import (
	"testing"
	"time"

	"github.com/linlihub/linli/services/identity/account"
)

func TestACodeWorksOnlyInItsLifeAndOnlyForItsPhone(t *testing.T) {
	now := time.Date(2025, 3, 24, 8, 0, 0, 0, time.UTC)
	code, digits, err := account.NewCode("hash of a phone", now)
	if err != nil {
		t.Fatal(err)
	}
	wrong := "000000"
	if digits == wrong {
		wrong = "000001"
	}
	tried, moved := code, code
	tried.Tries = account.CodeTries
	moved.PhoneHash = "hash of another phone"
	for name, c := range map[string]struct {
		code   account.Code
		digits string
		at     time.Time
		want   bool
	}{
		"right":             {code, digits, now, true},
		"at its last":       {code, digits, now.Add(account.CodeLife - 1), true},
		"expired":           {code, digits, now.Add(account.CodeLife), false},
		"wrong":             {code, wrong, now, false},
		"empty":             {code, "", now, false},
		"guessed too often": {tried, digits, now, false},
		"another phone":     {moved, digits, now, false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := c.code.Matches(c.digits, c.at); got != c.want {
				t.Errorf("Matches = %v", got)
			}
		})
	}
}

func TestTokensAreNeverAlikeAndOnlyTheirHashIsKept(t *testing.T) {
	a, hash := account.NewToken()
	b, _ := account.NewToken()
	if a == b || hash == a || account.TokenHash(a) != hash {
		t.Error("refresh tokens are not what they should be")
	}
}
