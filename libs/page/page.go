// Package page makes the tokens with which a long list is read page by page. A token belongs to the filter it was made for.
package page

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strings"

	"github.com/linlihub/linli/libs/fault"
)

// ErrToken says that a page token is malformed or belongs to another filter.
var ErrToken = fault.Define(fault.Invalid, "page.token", "翻页标记无效或属于另一组筛选条件", "the page token is malformed or belongs to another filter")

const (
	sumSize     = 8
	defaultSize = 50
)

// Token spells where the next page begins. filter is everything that selects rows, in any stable form.
func Token(filter, cursor string) string {
	if cursor == "" {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(append(sum(filter), cursor...))
}

// Cursor reads a token back: "" for the first page, ErrToken for a token of another filter.
func Cursor(filter, token string) (string, error) {
	if token == "" {
		return "", nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || len(raw) <= sumSize || string(raw[:sumSize]) != string(sum(filter)) {
		return "", ErrToken
	}
	return string(raw[sumSize:]), nil
}

// Size is how many rows a page has: what was asked for, or the default.
func Size(asked int32) int {
	if asked <= 0 {
		return defaultSize
	}
	return int(asked)
}

// Filter joins the parts of a filter without ambiguity.
func Filter(parts ...any) string {
	var b strings.Builder
	for _, p := range parts {
		fmt.Fprintf(&b, "%q;", fmt.Sprint(p))
	}
	return b.String()
}

func sum(filter string) []byte {
	s := sha256.Sum256([]byte(filter))
	return s[:sumSize]
}
