package ticket

import "testing"

func TestRule21_VisibleOnlyToThoseItConcerns(t *testing.T) {
	r := request()
	r.By, r.For = Resident("person-daughter"), anna.ID
	tk, err := Open(r, standard(t), nineAM)
	ok(t, err)
	ok(t, tk.Follow(ben.ID, nineAM))
	yes(t, tk.Assign(Assignment{VisitID: "v1", StaffID: "staff-declined", By: board}, nineAM))
	yes(t, tk.Unassign("v1", VisitDeclined, board, nineAM))
	visit(t, tk, "v2", liu, nineAM)
	ok(t, tk.Reopen("", anna, nineAM.Add(3600e9)))
	yes(t, tk.Assign(Assignment{VisitID: "v3", StaffID: wang.ID, By: board}, nineAM))
	s := tk.Snapshot()
	for _, c := range []struct {
		name   string
		viewer Viewer
		want   bool
	}{
		{"who opened it", Viewer{PersonID: "person-daughter"}, true},
		{"who it is for", Viewer{PersonID: anna.ID}, true},
		{"who follows it", Viewer{PersonID: ben.ID}, true},
		{"a neighbour", Viewer{PersonID: "person-cora"}, false},
		{"nobody", Viewer{}, false},
		{"staff of the district", Viewer{StaffID: office.ID, Districts: []string{"district-9", "district-1"}}, true},
		{"staff of another district", Viewer{StaffID: office.ID, Districts: []string{"district-2"}}, false},
		{"staff of all districts", Viewer{StaffID: office.ID, AllDistricts: true}, true},
		{"districts without being staff", Viewer{PersonID: "person-cora", Districts: []string{"district-1"}}, false},
		{"the assigned technician", Viewer{StaffID: wang.ID}, true},
		{"the technician who did the work before", Viewer{StaffID: liu.ID}, true},
		{"the technician who declined", Viewer{StaffID: "staff-declined"}, false},
		{"a person whose id is like a staff id", Viewer{PersonID: wang.ID}, false},
	} {
		if got := s.VisibleTo(c.viewer); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

func TestRule21_MaskWords(t *testing.T) {
	for words, want := range map[string]string{
		"请打13812341234，急":               "请打138****1234，急",
		"138 1234 1234 或 139-1234-1234": "138****1234 或 139****1234",
		"电话１３８１２３４１２３４":                 "电话１３８****１２３４",
		"身份证11010519491231002X":         "身份证110*************2X",
		"3栋2单元0501，下午2点到4点":             "3栋2单元0501，下午2点到4点",
		"":                              "",
	} {
		if got := MaskWords(words); got != want {
			t.Errorf("%q became %q, want %q", words, got, want)
		}
	}
}
