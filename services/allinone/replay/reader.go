package replay

import (
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"

	commonv1 "github.com/linlihub/linli/proto/gen/linli/common/v1"
)

// ReadSheet reads an export of the 311 schema: columns by name and in any order, more of them than needed, rows in any
// order. A broken row is kept apart with its number and the reason; a file without a required column is a *FileError.
func ReadSheet(r io.Reader) (Sheet, error) {
	in := newRecords(r)
	h, err := readHeader(in)
	if err != nil {
		return Sheet{}, err
	}
	sheet, seen := Sheet{}, map[string]int{}
	for number := 2; ; number++ {
		cells, err := in.read()
		if errors.Is(err, io.EOF) {
			return sheet, nil
		}
		if err != nil && !errors.Is(err, errBroken) {
			return Sheet{}, fmt.Errorf("read file: %w", err)
		}
		row := Row{Number: number}
		if err == nil {
			err = h.fill(&row, cells)
		}
		if first, twice := seen[row.Key]; err == nil && twice {
			err = fmt.Errorf("编号 %s 与第 %d 行重复 / key %s is that of row %d", row.Key, first, row.Key, first)
		}
		if err != nil {
			sheet.Skipped = append(sheet.Skipped, Skipped{Row: number, Line: in.line, Reason: err.Error()})
			continue
		}
		seen[row.Key] = number
		sheet.Rows = append(sheet.Rows, row)
	}
}

func readHeader(in *records) (header, error) {
	cells, err := in.read()
	switch {
	case errors.Is(err, io.EOF):
		return header{}, fileErrorf("文件为空，没有表头 / the file is empty, there is no header")
	case errors.Is(err, errBroken):
		return header{}, fileErrorf("表头无法读取：%v / the header cannot be read: %v", err, err)
	case err != nil:
		return header{}, fmt.Errorf("read file: %w", err)
	}
	if len(cells) == 1 { // the portal also exports with tabs and, for some countries, with semicolons
		for _, comma := range []byte{';', '\t'} {
			if other, end := split(cells[0], comma); end == cellClosed && len(other) > 1 {
				in.comma, cells = comma, other
				break
			}
		}
	}
	return parseHeader(cells)
}

// fill reads the cells of a row. What cannot be done without is an error; a place that nobody can read is no place.
func (h header) fill(row *Row, cells []string) error {
	if n := len(cells); n < h.width || n > h.width && strings.Join(cells[h.width:], "") != "" {
		return fmt.Errorf("有 %d 个单元格，表头有 %d 列 / %d cells, but the header has %d columns", n, h.width, n, h.width)
	}
	if row.Key = h.cell(cells, colKey); row.Key == "" {
		return errors.New("没有编号（Unique Key） / the Unique Key is empty")
	}
	created, err := parseTime(h.cell(cells, colCreated))
	if err != nil {
		return err
	}
	row.Created = created
	row.Complaint, row.Descriptor = h.cell(cells, colComplaint), h.cell(cells, colDescriptor)
	row.Channel, row.Borough = h.cell(cells, colChannel), h.cell(cells, colBorough)
	row.Point = parsePoint(h.cell(cells, colLatitude), h.cell(cells, colLongitude))
	return nil
}

// timeForms are those of the portal's exports, of its API, and of spreadsheets that saved one.
var timeForms = []string{
	"01/02/2006 03:04:05 PM", "01/02/2006 3:04:05 PM", "1/2/2006 3:04:05 PM", "1/2/2006 3:04 PM",
	"2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02 15:04:05", "2006-01-02 15:04",
	"1/2/2006 15:04:05", "1/2/2006 15:04", "2006 Jan 02 03:04:05 PM",
}

// parseTime reads what a clock on the wall showed; an offset, where one is given, changes nothing in that.
func parseTime(text string) (time.Time, error) {
	tidy := strings.ToUpper(strings.Join(strings.Fields(text), " "))
	if t, err := time.Parse(time.RFC3339, tidy); err == nil {
		return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), Zone), nil
	}
	for _, form := range timeForms {
		if t, err := time.ParseInLocation(form, tidy, Zone); err == nil && t.Year() > 1 {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("无法识别的时间 %q（Created Date） / Created Date %q is not a time", shorten(text), shorten(text))
}

func shorten(text string) string {
	if runes := []rune(text); len(runes) > 40 {
		return string(runes[:40]) + "…"
	}
	return text
}

func parsePoint(latitude, longitude string) *commonv1.Point {
	lat, err := strconv.ParseFloat(latitude, 64)
	lon, err2 := strconv.ParseFloat(longitude, 64)
	if err != nil || err2 != nil || !(math.Abs(lat) <= 90 && math.Abs(lon) <= 180) {
		return nil
	}
	return &commonv1.Point{Lat: lat, Lon: lon}
}
