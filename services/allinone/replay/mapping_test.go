package replay

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// categories of the default company, as services/tickets lists them.
var categories = strings.Fields("plumbing electrical doors_windows hvac appliance masonry lift gas fire cleaning greening noise parking security pest other")

func TestTheBuiltInTableKnowsTheDay(t *testing.T) {
	m := DefaultMapping()
	if err := m.Check(categories); err != nil {
		t.Error(err)
	}
	for _, r := range m { // the first rule that fits counts: one behind it that never does is a mistake
		if found, _ := m.Find(Row{Complaint: r.ComplaintType, Descriptor: r.Descriptor}); found != r.Category {
			t.Errorf("%+v is never reached: %s", r, found)
		}
	}
	sheet, err := readFile("testdata/service-requests-2025-03-24.csv")
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, r := range m {
		known[strings.ToLower(r.ComplaintType)] = true
	}
	for _, row := range sheet.Rows {
		if !known[strings.ToLower(row.Complaint)] {
			t.Errorf("%q is not in the table", row.Complaint)
		}
	}
}

func TestFind(t *testing.T) {
	m := DefaultMapping()
	for _, c := range []struct{ complaint, descriptor, want string }{
		{"HEAT/HOT WATER", "ENTIRE BUILDING", "hvac"},
		{"heat/hot water", "", "hvac"},
		{"UNSANITARY CONDITION", "PESTS", "pest"},
		{"UNSANITARY CONDITION", "SEWAGE", "cleaning"},
		{"GENERAL", "cooking gas", "gas"},
		{"GENERAL", "CABINET", Other},
		{"Dragon Sighting", "", Other},
		{"", "", Other},
	} {
		if got, _ := m.Find(Row{Complaint: c.complaint, Descriptor: c.descriptor}); got != c.want {
			t.Errorf("%s/%s: got %s, want %s", c.complaint, c.descriptor, got, c.want)
		}
	}
}

func TestTablesOfTheUser(t *testing.T) {
	want := Mapping{{ComplaintType: "Noise", Category: "noise"}}
	for name, text := range map[string]string{
		"CSV":         "complaint_type,category\nNoise,noise\n",
		"other order": "\uFEFFcategory,note,Complaint Type\nnoise,loud,Noise\n",
		"JSON list":   `[{"complaint_type":"Noise","category":"noise"}]`,
		"JSON object": ` {"Noise":"noise"}`,
	} {
		if got, err := ParseMapping([]byte(text)); err != nil || cmp.Diff(want, got) != "" {
			t.Errorf("%s: %v %v", name, got, err)
		}
	}
	full, err := ParseMapping([]byte("complaint_type,descriptor,category,emergency\nGENERAL,GAS,gas,true\n"))
	if err != nil || cmp.Diff(Mapping{{"GENERAL", "GAS", "gas", true}}, full) != "" {
		t.Error(full, err)
	}
	if category, emergency := full.Find(Row{Complaint: "general", Descriptor: "cooking gas"}); category != "gas" || !emergency {
		t.Error(category, emergency)
	}
}

func TestTablesThatCannotBeUsed(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"empty":          {"", "no header"},
		"no category":    {"complaint_type\nNoise\n", `"category"`},
		"empty category": {"complaint_type,category\nNoise,\n", "line 2"},
		"bad bool":       {"complaint_type,category,emergency\nNoise,noise,perhaps\n", "line 2"},
		"open quote":     {"complaint_type,category\nNoise,noise\n\"x,y\n", "line 3"},
		"broken JSON":    {`{"Noise":`, "JSON"},
		"wrong type":     {`{"Noise":1}`, "JSON"},
		"unknown field":  {`[{"complaint":"Noise"}]`, "JSON"},
		"empty rule":     {`[{"complaint_type":"Noise"}]`, "rule 1"},
	} {
		_, err := ParseMapping([]byte(c.text))
		var file *FileError
		if !errors.As(err, &file) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
}

func TestCategoriesThatDoNotExist(t *testing.T) {
	m := Mapping{{ComplaintType: "A", Category: "dragons"}, {ComplaintType: "B", Category: "noise"}, {ComplaintType: "C", Category: "dragons"}}
	if err := m.Check(categories); err == nil || !strings.Contains(err.Error(), "dragons") {
		t.Error(err)
	}
	within, replaced := m.Within(categories)
	if diff := cmp.Diff(Mapping{{ComplaintType: "A", Category: Other}, {ComplaintType: "B", Category: "noise"}, {ComplaintType: "C", Category: Other}}, within); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"dragons"}, replaced); diff != "" || m[0].Category != "dragons" {
		t.Error(diff, m)
	}
}

func FuzzParseMapping(f *testing.F) {
	f.Add("complaint_type,category\nNoise,noise\n")
	f.Add(`[{"complaint_type":"Noise","category":"noise"}]`)
	f.Add(`{"a":"b"}`)
	f.Fuzz(func(t *testing.T, text string) {
		m, err := ParseMapping([]byte(text))
		for _, r := range m {
			if err != nil || r.Category == "" || r.ComplaintType == "" {
				t.Errorf("%+v %v", r, err)
			}
		}
	})
}
