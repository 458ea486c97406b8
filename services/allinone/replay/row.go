package replay

import (
	"fmt"
	"time"

	commonv1 "github.com/linlihub/linli/proto/gen/linli/common/v1"
)

// Row is one request of the file.
type Row struct {
	// Number counts as a spreadsheet does: the header is row 1.
	Number     int
	Key        string
	Created    time.Time // as the file's clocks showed it, in Zone
	Complaint  string
	Descriptor string
	Channel    string
	Borough    string
	// Point is nil when the file does not know it.
	Point *commonv1.Point
}

// Zone is the time zone of the domain. Times of a file are read as clocks of a wall here: a request of 7 in the evening is
// one of 7 in the evening.
var Zone = time.FixedZone("Asia/Shanghai", 8*60*60)

// Skipped is a row that could not be read, and why.
type Skipped struct {
	// Row counts as a spreadsheet does, Line as an editor does; they differ after a cell with line breaks.
	Row    int    `json:"row"`
	Line   int    `json:"line"`
	Reason string `json:"reason"`
}

// Sheet is a file as read: every row is in one of the two.
type Sheet struct {
	Rows    []Row
	Skipped []Skipped
}

// Read is how many rows the file has, the header apart.
func (s Sheet) Read() int { return len(s.Rows) + len(s.Skipped) }

// FileError says why a file as a whole cannot be replayed.
type FileError struct{ Reason string }

// Error tells the reason.
func (e *FileError) Error() string { return e.Reason }

func fileErrorf(format string, args ...any) error { return &FileError{fmt.Sprintf(format, args...)} }
