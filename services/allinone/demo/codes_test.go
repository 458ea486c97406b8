package demo_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/linlihub/linli/services/allinone/demo"
)

func write(t *testing.T, path, text string) {
	t.Helper()
	file, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if _, err := file.WriteString(text); err != nil {
		t.Fatal(err)
	}
}

func TestCodesAreThoseThatCameSince(t *testing.T) {
	path := filepath.Join(t.TempDir(), "otp.log")
	write(t, path, "code=111111 phone=199****0001\n")
	codes, err := demo.OpenCodes(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := codes.Expect("19900000001"); err != nil {
		t.Fatal(err)
	}
	write(t, path, "code=222222 phone=199****0002\nhello\ncode=333333 phone=19900000001\ncode=44")
	for phone, want := range map[string]string{"19900000001": "333333", "19900000002": "222222"} {
		if got, err := codes.Await(t.Context(), phone); got != want || err != nil {
			t.Errorf("%s: got %q %v", phone, got, err)
		}
	}
	write(t, path, "4444 phone=199****0001\n")
	if got, err := codes.Await(t.Context(), "19900000001"); got != "444444" || err != nil {
		t.Errorf("the line came in two parts: %q %v", got, err)
	}
	if err := os.Truncate(path, 0); err != nil {
		t.Fatal(err)
	}
	write(t, path, "code=555555 phone=199****0001\n")
	if got, err := codes.Await(t.Context(), "19900000001"); got != "555555" || err != nil {
		t.Errorf("the file began anew: %q %v", got, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := codes.Await(ctx, "19900000001"); !errors.Is(err, context.Canceled) {
		t.Errorf("a spent code: %v", err)
	}
}

func TestCodesSayAtOnceThatTheyCannotBeRead(t *testing.T) {
	if _, err := demo.OpenCodes(filepath.Join(t.TempDir(), "none.log")); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
}
