package demo

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"regexp"
	"sync"
	"time"

	"github.com/linlihub/linli/libs/clock"
)

// Codes reads one-time codes where identity's log sink writes them: the file otp.log in the data folder of a demo. It is
// the phone of people who have none. Safe for concurrent use.
type Codes struct {
	path string

	mu     sync.Mutex
	offset int64
	last   map[string]string // by masked phone
}

// OpenCodes looks at the file once, to say at once when it cannot be read.
func OpenCodes(path string) (*Codes, error) {
	c := &Codes{path: path, last: map[string]string{}}
	if err := c.follow(); err != nil {
		return nil, err
	}
	return c, nil
}

// Expect forgets what came before.
func (c *Codes) Expect(phone string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	err := c.follow()
	delete(c.last, masked(phone))
	return err
}

// codePatience is how long a code may be under way: the server writes it before it answers, so it is mostly there.
const codePatience = 5 * time.Second

// Await answers the code that came since Expect.
func (c *Codes) Await(ctx context.Context, phone string) (string, error) {
	wall := clock.Real()
	until := wall.Now().Add(codePatience)
	for pause := 5 * time.Millisecond; ; pause *= 2 {
		code, err := c.take(phone)
		if code != "" || err != nil {
			return code, err
		}
		if wall.Now().After(until) {
			return "", fmt.Errorf("no code for %s in %s", masked(phone), c.path)
		}
		if err := clock.Wait(ctx, wall, wall.Now().Add(pause)); err != nil {
			return "", err
		}
	}
}

func (c *Codes) take(phone string) (string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.follow(); err != nil {
		return "", err
	}
	code := c.last[masked(phone)]
	delete(c.last, masked(phone))
	return code, nil
}

// follow reads whole lines that are new; a file that has become shorter is another file.
func (c *Codes) follow() error {
	file, err := os.Open(c.path)
	if err != nil {
		return fmt.Errorf("read codes: %w", err)
	}
	defer file.Close()
	if info, err := file.Stat(); err == nil && info.Size() < c.offset {
		c.offset = 0
	}
	lines := bufio.NewReader(io.NewSectionReader(file, c.offset, 1<<40))
	for {
		line, err := lines.ReadBytes('\n')
		if err == io.EOF {
			return nil // the rest of a line comes next time
		}
		if err != nil {
			return fmt.Errorf("read codes: %w", err)
		}
		c.offset += int64(len(line))
		if phone, code := parseCode(line); code != "" {
			c.last[phone] = code
		}
	}
}

var (
	codeField  = regexp.MustCompile(`\bcode=([0-9]{4,8})\b`)
	phoneField = regexp.MustCompile(`\bphone=([0-9]{3})[0-9*]{4}([0-9]{4})\b`)
)

// parseCode reads `code=123456 phone=138****1234`; of another line nothing.
func parseCode(line []byte) (phone, code string) {
	c, p := codeField.FindSubmatch(line), phoneField.FindSubmatch(line)
	if c == nil || p == nil {
		return "", ""
	}
	return string(bytes.Join([][]byte{p[1], p[2]}, []byte("****"))), string(c[1])
}

// masked is how the file names a phone. In a demo no two people share first three and last four digits.
func masked(phone string) string {
	if len(phone) != 11 {
		return phone
	}
	return phone[:3] + "****" + phone[7:]
}
