package identity

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"sync"

	"github.com/linlihub/linli/libs/authz"
	opv1 "github.com/linlihub/linli/proto/gen/linli/op/v1"
	"github.com/linlihub/linli/services/identity/account"
)

// Sender brings a one-time code to a phone. It is called once per code and may be called concurrently.
type Sender interface {
	Send(ctx context.Context, phone, code string) error
}

// nobody refuses: a company without a channel for codes has no sign-in by phone.
type nobody struct{}

func (nobody) Send(context.Context, string, string) error { return account.ErrNoSender }

// logSender is for demos and tests: it writes the code to a file that only the owner of the data folder may read, and to the
// log where it is found. No code is ever in a log, which others read and keep.
type logSender struct {
	log  *slog.Logger
	mu   sync.Mutex
	file *os.File
}

func newLogSender(path string, log *slog.Logger) (*logSender, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open code file: %w", err)
	}
	return &logSender{log: log, file: file}, nil
}

// Send writes one line: code=123456 phone=138****1234.
func (s *logSender) Send(_ context.Context, phone, code string) error {
	masked := authz.MaskText(opv1.Personal_PERSONAL_PHONE, phone)
	s.log.Info("one-time code sent", "file", s.file.Name(), "phone", masked)
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, err := fmt.Fprintf(s.file, "code=%s phone=%s\n", code, masked); err != nil {
		return fmt.Errorf("write code: %w", err)
	}
	return nil
}
