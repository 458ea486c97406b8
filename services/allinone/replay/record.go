package replay

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
)

// records cuts a CSV file (RFC 4180) into records and survives broken ones, which encoding/csv does not: there a quote
// that is never closed swallows everything after it. Here such a record is given up with its first line, and the line
// after it begins the next record.
type records struct {
	file  *bufio.Reader
	comma byte
	// ahead are lines read in search of a closing quote, to be read again.
	ahead []line
	// line is where the record that was read last begins.
	line int
	next int
}

// line is one line of the file with its end. One that is too long is cut and can only be broken.
type line struct {
	text    string
	tooLong bool
}

// Limits of one record; no cell of the schema comes near them.
const (
	maxRecordLines = 200
	maxLine        = 1 << 20
)

// errBroken is a record that is no CSV; reading goes on behind it.
var errBroken = errors.New("不是有效的 CSV 行 / not a CSV record")

func newRecords(r io.Reader) *records {
	file := bufio.NewReaderSize(r, 64<<10)
	if mark, err := file.Peek(3); err == nil && string(mark) == "\uFEFF" {
		_, _ = file.Discard(3) // cannot fail: it was peeked
	}
	return &records{file: file, comma: ',', next: 1}
}

// read answers the cells of the next record; io.EOF at the end, an error that wraps errBroken for one to be skipped.
func (r *records) read() ([]string, error) {
	first, err := r.take()
	for err == nil && strings.TrimRight(first.text, "\r\n") == "" { // blank lines are no records
		first, err = r.take()
	}
	if err != nil {
		return nil, err
	}
	r.line = r.next - 1
	if first.tooLong {
		return nil, fmt.Errorf("%w: 行过长 / the line is too long", errBroken)
	}
	cells, end := split(first.text, r.comma)
	if end == cellOpen {
		return r.extend(first.text)
	}
	return cells, end.err()
}

// extend adds lines until the quoted cell is closed. If that makes no record, the first line alone was broken.
func (r *records) extend(text string) ([]string, error) {
	var taken []line
	for len(taken) < maxRecordLines {
		more, err := r.take()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		taken = append(taken, more)
		text += more.text
		cells, end := split(text, r.comma)
		if end == cellClosed {
			return cells, nil
		}
		if end == cellBad || more.tooLong {
			break
		}
	}
	r.giveBack(taken)
	return nil, cellOpen.err()
}

func (r *records) giveBack(lines []line) {
	r.ahead = append(lines, r.ahead...)
	r.next -= len(lines)
}

func (r *records) take() (line, error) {
	if len(r.ahead) > 0 {
		first := r.ahead[0]
		r.ahead = r.ahead[1:]
		r.next++
		return first, nil
	}
	text, tooLong, err := r.cut()
	if len(text) == 0 && err != nil {
		return line{}, err
	}
	r.next++
	return line{string(text), tooLong}, nil
}

// cut reads to the end of the line but keeps no more than maxLine of it.
func (r *records) cut() (text []byte, tooLong bool, err error) {
	for {
		part, err := r.file.ReadSlice('\n')
		if room := maxLine - len(text); len(part) > room {
			part, tooLong = part[:room], true
		}
		text = append(text, part...)
		if !errors.Is(err, bufio.ErrBufferFull) {
			return text, tooLong, err
		}
	}
}

// ending is how the last cell of a text ended.
type ending int

const (
	cellClosed ending = iota
	cellOpen          // inside quotes: the record may go on
	cellBad           // something stands behind a closing quote
)

func (e ending) err() error {
	switch e {
	case cellOpen:
		return fmt.Errorf("%w: 引号未闭合 / a quote is not closed", errBroken)
	case cellBad:
		return fmt.Errorf("%w: 引号后有多余内容 / text behind a closing quote", errBroken)
	case cellClosed:
	}
	return nil
}

// split reads one record. A quote inside a cell that does not begin with one is text: people write 5" pipe.
func split(text string, comma byte) ([]string, ending) {
	text = strings.TrimSuffix(strings.TrimSuffix(text, "\n"), "\r")
	var cells []string
	for {
		if !strings.HasPrefix(text, `"`) {
			cell, rest, more := strings.Cut(text, string(comma))
			if cells = append(cells, cell); !more {
				return cells, cellClosed
			}
			text = rest
			continue
		}
		cell, rest, closed := unquote(text[1:])
		cells = append(cells, cell)
		switch {
		case !closed:
			return cells, cellOpen
		case rest == "":
			return cells, cellClosed
		case rest[0] != comma:
			return cells, cellBad
		}
		text = rest[1:]
	}
}

// unquote reads to the closing quote; two of them are one of the text.
func unquote(text string) (cell, rest string, closed bool) {
	var b strings.Builder
	for {
		before, after, found := strings.Cut(text, `"`)
		b.WriteString(before)
		if !found {
			return b.String(), "", false
		}
		if !strings.HasPrefix(after, `"`) {
			return b.String(), after, true
		}
		b.WriteByte('"')
		text = after[1:]
	}
}
