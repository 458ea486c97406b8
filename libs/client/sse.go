package client

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strconv"
	"time"
	"unicode/utf8"
)

// Event is one server-sent event.
type Event struct {
	// ID is the last id the stream has told, up to and with this event; it is where to go on after a break.
	ID string
	// Name is the event's type; "message" when the stream gave none.
	Name string
	Data []byte
}

// ErrEventTooLong is told of a stream whose line or event passes the limit: it is not one of ours.
var ErrEventTooLong = errors.New("server-sent event is longer than 1 MiB")

const maxEvent = 1 << 20

// Decoder reads an event stream as the HTML standard (9.2.6) says. It never holds more than one event.
type Decoder struct {
	lines *bufio.Scanner
	begun bool
	id    string
	retry time.Duration
}

// NewDecoder reads from r.
func NewDecoder(r io.Reader) *Decoder {
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 0, 4096), maxEvent)
	lines.Split(splitLine())
	return &Decoder{lines: lines}
}

// Retry is how long the stream asks a reader to wait before it comes back; 0 when it did not say.
func (d *Decoder) Retry() time.Duration { return d.retry }

// Next answers the next event that has data; io.EOF at the end, where an event without its closing blank line is dropped.
func (d *Decoder) Next() (Event, error) {
	event := Event{Name: "message"}
	var data bytes.Buffer
	for d.lines.Scan() {
		line := d.lines.Bytes()
		if !d.begun {
			d.begun, line = true, bytes.TrimPrefix(line, []byte("\uFEFF"))
		}
		if len(line) > 0 {
			d.field(line, &event, &data)
			if data.Len() > maxEvent {
				return Event{}, ErrEventTooLong
			}
			continue
		}
		if data.Len() > 0 {
			event.ID, event.Data = d.id, data.Bytes()[:data.Len()-1]
			return event, nil
		}
		event.Name = "message"
	}
	switch err := d.lines.Err(); {
	case errors.Is(err, bufio.ErrTooLong):
		return Event{}, ErrEventTooLong
	case err != nil:
		return Event{}, err
	}
	return Event{}, io.EOF
}

// field takes one line; a comment, which serves as heartbeat, has the empty name.
func (d *Decoder) field(line []byte, event *Event, data *bytes.Buffer) {
	name, value, _ := bytes.Cut(line, []byte(":"))
	value = bytes.TrimPrefix(value, []byte(" "))
	if !utf8.Valid(value) {
		value = bytes.ToValidUTF8(value, []byte("\uFFFD"))
	}
	switch string(name) {
	case "data":
		data.Write(value)
		data.WriteByte('\n')
	case "event":
		if event.Name = string(value); event.Name == "" {
			event.Name = "message"
		}
	case "id":
		if bytes.IndexByte(value, 0) < 0 {
			d.id = string(value)
		}
	case "retry":
		if ms, err := strconv.ParseUint(string(value), 10, 31); err == nil {
			d.retry = time.Duration(ms) * time.Millisecond
		}
	}
}

// splitLine ends a line at LF, CR LF or CR. A CR ends it at once: to wait for a LF would hold the event back until the
// next one, so a LF that follows is skipped instead.
func splitLine() bufio.SplitFunc {
	afterCR := false
	return func(data []byte, atEOF bool) (int, []byte, error) {
		skipped := 0
		if afterCR && len(data) > 0 {
			if data[0] == '\n' {
				data, skipped = data[1:], 1
			}
			afterCR = false
			if len(data) == 0 {
				return skipped, nil, nil
			}
		}
		if i := bytes.IndexAny(data, "\r\n"); i >= 0 {
			afterCR = data[i] == '\r'
			return skipped + i + 1, data[:i], nil
		}
		if atEOF && len(data) > 0 {
			return skipped + len(data), data, nil
		}
		return skipped, nil, nil
	}
}
