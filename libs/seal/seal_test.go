package seal_test

import (
	"bytes"
	"errors"
	"testing"

	"pgregory.net/rapid"

	"github.com/linlihub/linli/libs/seal"
)

func newBox(t *testing.T) *seal.Box {
	t.Helper()
	box, err := seal.New(seal.NewKey())
	if err != nil {
		t.Fatal(err)
	}
	return box
}

func TestWhatIsSealedOpens(t *testing.T) {
	box := newBox(t)
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.String().Draw(t, "value")
		got, err := box.Open(box.Seal(value))
		if err != nil || got != value {
			t.Fatalf("got %q, %v", got, err)
		}
	})
}

func TestASealedValueTellsNothing(t *testing.T) {
	box, other := newBox(t), newBox(t)
	a, b := box.Seal("13812341234"), box.Seal("13812341234")
	if bytes.Equal(a, b) || bytes.Contains(a, []byte("1381234")) {
		t.Error("equal values can be told from their seals")
	}
	if _, err := other.Open(a); !errors.Is(err, seal.ErrOpen) {
		t.Errorf("another key opened it: %v", err)
	}
	if box.Lookup("13812341234") == other.Lookup("13812341234") {
		t.Error("the lookup hash does not depend on the key")
	}
	if again := box.Lookup("13812341234"); again != box.Lookup("13812341234") {
		t.Error("the lookup hash changes")
	}
}

func FuzzOpen(f *testing.F) {
	box, err := seal.New(make([]byte, seal.KeySize))
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte("short"))
	f.Add(box.Seal("ok"))
	f.Fuzz(func(t *testing.T, sealed []byte) {
		if value, err := box.Open(sealed); err != nil && value != "" {
			t.Error("a value came with an error")
		}
	})
}

func TestPasswords(t *testing.T) {
	hash, err := seal.HashPassword("linli")
	if err != nil {
		t.Fatal(err)
	}
	if !seal.CheckPassword("linli", hash) || seal.CheckPassword("Linli", hash) || seal.CheckPassword("", "no hash") {
		t.Error("passwords are not told apart")
	}
}
