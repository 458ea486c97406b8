package id_test

import (
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"

	"github.com/linlihub/linli/libs/id"
)

func TestNewIsAValidVersion7AndSorted(t *testing.T) {
	made := make([]string, 10_000)
	for i := range made {
		made[i] = id.New()
	}
	if !slices.IsSorted(made) || len(slices.Compact(slices.Clone(made))) != len(made) {
		t.Error("not strictly increasing")
	}
	if u := uuid.MustParse(made[0]); u.Version() != 7 || !id.Valid(made[0]) {
		t.Errorf("%s is version %d", made[0], u.Version())
	}
}

func TestNewIsUniqueUnderConcurrency(t *testing.T) {
	var (
		mu   sync.Mutex
		seen = map[string]bool{}
		all  sync.WaitGroup
	)
	for range 8 {
		all.Go(func() {
			for range 1000 {
				made := id.New()
				mu.Lock()
				seen[made] = true
				mu.Unlock()
			}
		})
	}
	all.Wait()
	if len(seen) != 8000 {
		t.Errorf("%d of 8000 are different", len(seen))
	}
}

func TestValid(t *testing.T) {
	good := id.New()
	for given, want := range map[string]bool{
		good:                                   true,
		"c56a4180-65aa-42ec-a945-5fd21dec0538": true, // version 4
		"":                                     false,
		strings.ToUpper(good):                  false,
		"{" + good + "}":                       false,
		"urn:uuid:" + good:                     false,
		strings.ReplaceAll(good, "-", ""):      false,
		good[:35] + "g":                        false,
		"00000000-0000-0000-0000-000000000000": false,
		good + "0":                             false,
	} {
		if got := id.Valid(given); got != want {
			t.Errorf("Valid(%q) = %v", given, got)
		}
	}
}
