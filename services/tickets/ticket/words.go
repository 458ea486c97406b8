package ticket

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// clean makes words of a person fit to store, or answers ErrWordsTooLong for the field of that name.
func clean(words string) (string, error) {
	words = tidy(words)
	if utf8.RuneCountInString(words) > MaxWords {
		return "", ErrWordsTooLong.With("limit", MaxWords).Field("words", "文字太长", "too long")
	}
	return words, nil
}

// tidy trims and drops what is no text: broken UTF-8 and control characters, which no database need be tried with.
func tidy(words string) string {
	words = strings.Map(func(r rune) rune {
		if r == utf8.RuneError || unicode.IsControl(r) && r != '\n' && r != '\t' {
			return -1
		}
		return r
	}, words)
	return strings.TrimSpace(words)
}

func shorten(words string, limit int) string {
	if utf8.RuneCountInString(words) <= limit {
		return words
	}
	return string([]rune(words)[:limit])
}

func checkPhotos(count int) error {
	if count > MaxPhotos {
		return ErrTooManyPhotos.With("limit", MaxPhotos)
	}
	return nil
}

// People write numbers into their words. ASCII and full-width digits, with blanks or dashes between the groups.
const digit = `[0-9０-９]`

var (
	idNumber = regexp.MustCompile(digit + `{17}[0-9０-９XxＸｘ]`)
	phone    = regexp.MustCompile(`[1１][3-9３-９]` + digit + `[ -]?` + digit + `{4}[ -]?` + digit + `{4}`)
)

// MaskWords hides mobile and identity numbers that a person has written into free words: 138****1234. For every reader
// who has no reason to call.
func MaskWords(words string) string {
	words = idNumber.ReplaceAllStringFunc(words, func(n string) string { return hide(n, 3, 2) })
	return phone.ReplaceAllStringFunc(words, func(n string) string {
		return hide(strings.NewReplacer(" ", "", "-", "").Replace(n), 3, 4)
	})
}

func hide(number string, head, tail int) string {
	runes := []rune(number)
	return string(runes[:head]) + strings.Repeat("*", len(runes)-head-tail) + string(runes[len(runes)-tail:])
}
