package replay

import (
	"slices"
	"strings"
)

// A column of the public schema by the names its exports have used: the portal's display names (those of 2025, too, when
// "Complaint Type" became "Problem") and the field names of the API.
type column int

const (
	colKey column = iota
	colCreated
	colComplaint
	colDescriptor
	colChannel
	colBorough
	colLatitude
	colLongitude
	columns
)

var columnNames = [columns][]string{
	colKey:        {"Unique Key"},
	colCreated:    {"Created Date"},
	colComplaint:  {"Complaint Type", "Problem (formerly Complaint Type)", "Problem"},
	colDescriptor: {"Descriptor", "Problem Detail (formerly Descriptor)", "Problem Detail"},
	colChannel:    {"Open Data Channel Type"},
	colBorough:    {"Borough"},
	colLatitude:   {"Latitude"},
	colLongitude:  {"Longitude"},
}

// required are the columns without which there is nothing to replay.
var required = []column{colKey, colCreated, colComplaint}

// header knows where the columns are; -1 is nowhere.
type header struct {
	at    [columns]int
	width int
}

func parseHeader(cells []string) (header, error) {
	h := header{width: len(cells)}
	for c := range columns {
		h.at[c] = slices.IndexFunc(cells, func(cell string) bool {
			return slices.ContainsFunc(columnNames[c], func(name string) bool { return plain(name) == plain(cell) })
		})
	}
	var missing []string
	for _, c := range required {
		if h.at[c] < 0 {
			missing = append(missing, `"`+columnNames[c][0]+`"`)
		}
	}
	if len(missing) > 0 {
		list := strings.Join(missing, ", ")
		return header{}, fileErrorf("缺少必需的列 %s；表头是：%s / the required column %s is missing; the header has: %s",
			list, shown(cells), list, shown(cells))
	}
	return h, nil
}

// plain makes "Unique Key", "unique_key" and " UNIQUE KEY" the same.
func plain(name string) string {
	return strings.Map(func(r rune) rune {
		if r == ' ' || r == '_' || r == '-' || r == '\u00a0' {
			return -1
		}
		return r
	}, strings.ToLower(name))
}

// shown keeps a header that is none, of a binary file perhaps, from filling the screen.
func shown(cells []string) string {
	text := []rune(strings.ToValidUTF8(strings.Join(cells, ", "), "?"))
	if len(text) > 200 {
		return string(text[:200]) + "…"
	}
	return string(text)
}

// cell answers the text of a column, "" when the file has no such column.
func (h header) cell(cells []string, c column) string {
	if i := h.at[c]; i >= 0 && i < len(cells) {
		return strings.TrimSpace(strings.ToValidUTF8(cells[i], "\uFFFD"))
	}
	return ""
}
