package replay

import (
	"encoding/csv"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"
)

func day(text string) time.Time {
	t, err := time.ParseInLocation(time.DateTime, text, Zone)
	if err != nil {
		panic(err)
	}
	return t
}

func keys(rows []Row) []string {
	all := []string{}
	for _, r := range rows {
		all = append(all, r.Key)
	}
	return all
}

func TestTheRealDayIsReadWhole(t *testing.T) {
	file, err := os.Open("testdata/service-requests-2025-03-24.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	sheet, err := ReadSheet(file)
	if err != nil || sheet.Read() != 235 || len(sheet.Skipped) != 0 {
		t.Fatal(sheet.Read(), sheet.Skipped, err)
	}
	placed := 0
	for _, r := range sheet.Rows {
		if r.Point != nil {
			placed++
		}
		if r.Created.Before(day("2025-03-24 00:00:00")) || !r.Created.Before(day("2025-03-25 00:00:00")) {
			t.Errorf("row %d was created %v", r.Number, r.Created)
		}
	}
	first := sheet.Rows[0]
	if placed != 232 || first.Key != "64446107" || first.Number != 2 || !first.Created.Equal(day("2025-03-24 23:33:07")) ||
		first.Borough != "BROOKLYN" || first.Channel != "ONLINE" || first.Descriptor != "Banging/Pounding" {
		t.Errorf("%d placed, first %+v", placed, first)
	}
}

func TestAnyExportOfTheSchemaIsRead(t *testing.T) {
	for name, text := range map[string]string{
		"portal":        "Unique Key,Created Date,Complaint Type,Latitude,Longitude\n1,03/24/2025 01:30:00 PM,Noise,40.6,-73.9\n",
		"API":           "unique_key,created_date,complaint_type,latitude,longitude\n1,2025-03-24T13:30:00.000,Noise,40.6,-73.9\n",
		"another order": "Longitude,Complaint Type,Agency,Created Date,Latitude,Unique Key\n-73.9,Noise,DEP,03/24/2025 01:30:00 PM,40.6,1\n",
		"of 2025":       "Unique Key,Created Date,Problem (formerly Complaint Type),Latitude,Longitude\n1,03/24/2025 01:30:00 PM,Noise,40.6,-73.9\n",
		"all quoted":    "\"Unique Key\",\"Created Date\",\"Complaint Type\",\"Latitude\",\"Longitude\"\r\n\"1\",\"03/24/2025 01:30:00 PM\",\"Noise\",\"40.6\",\"-73.9\"\r\n",
		"byte mark":     "\uFEFFUnique Key,Created Date,Complaint Type,Latitude,Longitude\n1,03/24/2025 01:30:00 PM,Noise,40.6,-73.9\n",
		"mark, quoted":  "\uFEFF\"Unique Key\",Created Date,Complaint Type,Latitude,Longitude\n1,03/24/2025 01:30:00 PM,Noise,40.6,-73.9\n",
		"tabs":          "Unique Key\tCreated Date\tComplaint Type\tLatitude\tLongitude\n1\t03/24/2025 01:30:00 PM\tNoise\t40.6\t-73.9\n",
		"semicolons":    "Unique Key;Created Date;Complaint Type;Latitude;Longitude\n1;03/24/2025 01:30:00 PM;Noise;40.6;-73.9\n",
		"shouting":      "UNIQUE KEY, CREATED DATE ,COMPLAINT TYPE,LATITUDE,LONGITUDE\n1, 03/24/2025 01:30:00 pm ,Noise,40.6,-73.9\n",
		"no last end":   "Unique Key,Created Date,Complaint Type,Latitude,Longitude\n\n1,03/24/2025 01:30:00 PM,Noise,40.6,-73.9",
		"empty beyond":  "Unique Key,Created Date,Complaint Type,Latitude,Longitude\n1,03/24/2025 01:30:00 PM,Noise,40.6,-73.9,,\n",
	} {
		t.Run(name, func(t *testing.T) {
			sheet, err := ReadSheet(iotest.OneByteReader(strings.NewReader(text)))
			if err != nil || len(sheet.Rows) != 1 || len(sheet.Skipped) != 0 {
				t.Fatal(sheet, err)
			}
			r := sheet.Rows[0]
			if r.Key != "1" || r.Complaint != "Noise" || !r.Created.Equal(day("2025-03-24 13:30:00")) || r.Point.GetLat() != 40.6 || r.Point.GetLon() != -73.9 {
				t.Errorf("got %+v", r)
			}
		})
	}
}

func TestAFileThatIsNoneSaysWhy(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"empty":           {"", "no header"},
		"only blanks":     {"\n\r\n\n", "no header"},
		"a missing one":   {"Unique Key,Complaint Type\n1,Noise\n", `"Created Date"`},
		"several missing": {"a,b\n", `"Unique Key", "Created Date", "Complaint Type"`},
		"open quote":      {"\"Unique Key,Created Date,Complaint Type\n1,2,3\n", "quote"},
		"a picture":       {"\x89PNG\r\n\x1a\n\x00\x00\x00", `"Unique Key"`},
		"no line ends":    {strings.Repeat("x", 3<<20), "too long"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := ReadSheet(strings.NewReader(c.text))
			var file *FileError
			if !errors.As(err, &file) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want a FileError with %q", err, c.want)
			}
		})
	}
	if _, err := ReadSheet(iotest.ErrReader(os.ErrClosed)); !errors.Is(err, os.ErrClosed) {
		t.Errorf("got %v", err)
	}
}

func TestABrokenRowIsSkippedAndTheOthersAreRead(t *testing.T) {
	const good = ",03/24/2025 01:30:00 PM,Noise,text\n"
	for name, c := range map[string]struct {
		rows  string
		keys  []string
		wrong Skipped
	}{
		"bad time":          {"1" + good + "2,yesterday,Noise,x\n3" + good, []string{"1", "3"}, Skipped{3, 3, "Created Date"}},
		"no time":           {"1" + good + "2,,Noise,x\n3" + good, []string{"1", "3"}, Skipped{3, 3, "Created Date"}},
		"month 13":          {"1" + good + "2,13/24/2025 01:30:00 PM,Noise,x\n3" + good, []string{"1", "3"}, Skipped{3, 3, "Created Date"}},
		"no key":            {"1" + good + good + "3" + good, []string{"1", "3"}, Skipped{3, 3, "Unique Key"}},
		"too few cells":     {"1" + good + "2,03/24/2025 01:30:00 PM\n3" + good, []string{"1", "3"}, Skipped{3, 3, "2 cells"}},
		"too many cells":    {"1" + good + "2,03/24/2025 01:30:00 PM,Noise,a,b\n3" + good, []string{"1", "3"}, Skipped{3, 3, "5 cells"}},
		"twice":             {"1" + good + "1" + good + "3" + good, []string{"1", "3"}, Skipped{3, 3, "row 2"}},
		"quote never shut":  {"1" + good + "2,03/24/2025 01:30:00 PM,\"Noise,x\n3" + good + "4" + good, []string{"1", "3", "4"}, Skipped{3, 3, "not closed"}},
		"quote at the end":  {"1" + good + "3" + good + "2,03/24/2025 01:30:00 PM,Noise,\"x\n", []string{"1", "3"}, Skipped{4, 4, "not closed"}},
		"shut by another":   {"1" + good + "2,03/24/2025 01:30:00 PM,\"Noise,x\n3,03/24/2025 01:30:00 PM,\"Noise, loud\",x\n", []string{"1", "3"}, Skipped{3, 3, "not closed"}},
		"behind a quote":    {"1" + good + "2,03/24/2025 01:30:00 PM,\"No\"ise,x\n3" + good, []string{"1", "3"}, Skipped{3, 3, "behind"}},
		"zeroes":            {"1" + good + "\x00\x00\x00\n3" + good, []string{"1", "3"}, Skipped{3, 3, "cells"}},
		"after a long cell": {"1,03/24/2025 01:30:00 PM,Noise,\"a\nb\nc\"\n2,x,Noise,x\n3" + good, []string{"1", "3"}, Skipped{3, 5, "Created Date"}},
		"a giant":           {"1" + good + "2" + strings.Repeat("x", 2<<20) + good + "3" + good, []string{"1", "3"}, Skipped{3, 3, "too long"}},
	} {
		t.Run(name, func(t *testing.T) {
			sheet, err := ReadSheet(strings.NewReader("Unique Key,Created Date,Complaint Type,Descriptor\n" + c.rows))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.keys, keys(sheet.Rows)); diff != "" {
				t.Error(diff)
			}
			if len(sheet.Skipped) != 1 {
				t.Fatalf("skipped %+v", sheet.Skipped)
			}
			got := sheet.Skipped[0]
			if got.Row != c.wrong.Row || got.Line != c.wrong.Line || !strings.Contains(got.Reason, c.wrong.Reason) {
				t.Errorf("skipped %+v, want %+v", got, c.wrong)
			}
		})
	}
}

func TestCellsKeepTheirText(t *testing.T) {
	text := "Unique Key,Created Date,Complaint Type,Descriptor\n" +
		"1,03/24/2025 01:30:00 PM,\"Noise, \"\"loud\"\"\",\"two\r\nlines\"\n" +
		"2,03/24/2025 01:30:00 PM,5\" pipe,\xff\n"
	sheet, err := ReadSheet(strings.NewReader(text))
	if err != nil || len(sheet.Rows) != 2 {
		t.Fatal(sheet, err)
	}
	if a, b := sheet.Rows[0], sheet.Rows[1]; a.Complaint != `Noise, "loud"` || a.Descriptor != "two\r\nlines" || b.Complaint != `5" pipe` || b.Descriptor != "\uFFFD" {
		t.Errorf("got %+v %+v", a, b)
	}
}

func TestARowWithoutAPlaceOrATypeIsARow(t *testing.T) {
	for _, place := range []string{",", "40.6,", "x,y", "200,300", "NaN,0", "Inf,0"} {
		sheet, err := ReadSheet(strings.NewReader("Unique Key,Created Date,Complaint Type,Latitude,Longitude\n1,2025-03-24T13:30:00,," + place + "\n"))
		if err != nil || len(sheet.Rows) != 1 || sheet.Rows[0].Point != nil {
			t.Errorf("%s: %+v %v", place, sheet, err)
		}
	}
}

func TestTimesAreThoseOfTheWall(t *testing.T) {
	for text, want := range map[string]string{
		"03/24/2025 12:00:01 AM":    "2025-03-24 00:00:01",
		"03/24/2025 12:00:01 PM":    "2025-03-24 12:00:01",
		"3/4/2025 1:02:03 PM":       "2025-03-04 13:02:03",
		"3/4/2025 13:02":            "2025-03-04 13:02:00",
		"2025-03-24T13:30:00.000":   "2025-03-24 13:30:00",
		"2025-03-24T13:30:00-04:00": "2025-03-24 13:30:00",
		"2025-03-24T13:30:00Z":      "2025-03-24 13:30:00",
		"2025-03-24 13:30:00":       "2025-03-24 13:30:00",
		"2025 Mar 24 01:30:00 PM":   "2025-03-24 13:30:00",
	} {
		if got, err := parseTime(text); err != nil || !got.Equal(day(want)) {
			t.Errorf("%s: got %v %v", text, got, err)
		}
	}
	for _, text := range []string{"", "13:30", "24.03.2025", "02/30/2025 01:00:00 PM", "03/24/2025 13:00:00 PM", strings.Repeat("9", 1000)} {
		if got, err := parseTime(text); err == nil || len(err.Error()) > 300 {
			t.Errorf("%.20s: got %v %v", text, got, err)
		}
	}
}

// FuzzReadSheet: nothing makes it panic or hang, every record is read or skipped, and what encoding/csv can read whole is
// read alike.
func FuzzReadSheet(f *testing.F) {
	const head = "Unique Key,Created Date,Complaint Type\n"
	f.Add(head + "1,03/24/2025 01:30:00 PM,Noise\n2,x,\"y\n")
	f.Add(head + "1,2025-03-24T13:30:00,\"a\"\"b\nc\"\r\n")
	f.Add("\uFEFF" + head + "\x00\n\"\n\"\"\n")
	f.Fuzz(func(t *testing.T, text string) {
		sheet, err := ReadSheet(strings.NewReader(text))
		if err != nil {
			return
		}
		seen := map[string]bool{}
		for _, r := range sheet.Rows {
			if r.Key == "" || seen[r.Key] || r.Created.IsZero() {
				t.Errorf("row %+v", r)
			}
			seen[r.Key] = true
		}
		for _, s := range sheet.Skipped {
			if s.Reason == "" || s.Row < 2 || s.Line < s.Row-sheet.Read() {
				t.Errorf("skipped %+v", s)
			}
		}
	})
}

func FuzzSplit(f *testing.F) {
	f.Add(`a,"b ""c"",d",e`)
	f.Add("a,\"b\nc\",")
	f.Fuzz(func(t *testing.T, text string) {
		reader := csv.NewReader(strings.NewReader(text))
		reader.FieldsPerRecord = -1
		all, err := reader.ReadAll()
		if err != nil || len(all) != 1 || strings.Contains(text, "\r") || strings.HasPrefix(text, "\n") || strings.HasSuffix(text, "\n\n") {
			return // not one plain record
		}
		if got, end := split(text, ','); end != cellClosed || !slices.Equal(got, all[0]) {
			t.Errorf("%q: got %q (%v), want %q", text, got, end, all[0])
		}
	})
}
