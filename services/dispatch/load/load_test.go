package load

import (
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// noon of a Monday in China.
var noon = time.Date(2025, 3, 24, 4, 0, 0, 0, time.UTC)

func TestReckon_TodayAndTheWeekByChinasDays(t *testing.T) {
	midnight := time.Date(2025, 3, 23, 16, 0, 0, 0, time.UTC)
	jobs := []Job{
		{"liu", noon, time.Hour, 2000},
		{"liu", midnight, 30 * time.Minute, 1000}, // the first moment of today
		{"liu", midnight.Add(-time.Nanosecond), time.Hour, 500},
		{"liu", midnight.AddDate(0, 0, -6), time.Hour, 0},
		{"liu", midnight.AddDate(0, 0, -6).Add(-time.Nanosecond), time.Hour, 9000}, // an eighth day
		{"somebody else", noon, time.Hour, 9000},
	}
	sheet := Reckon(map[string]bool{"liu": false}, jobs, noon)
	want := Load{"liu", Figures{2, 1.5, 3, 0}, Figures{4, 3.5, 3.5, 0}}
	if len(sheet.Loads) != 1 || sheet.Loads[0] != want || sheet.Far != 0 {
		t.Errorf("got %+v, want %+v", sheet, want)
	}
}

func TestReckon_MediansAreOfThoseWhoWorkedOrAreOnDuty(t *testing.T) {
	jobs := []Job{{"a", noon, time.Hour, 0}, {"a", noon, time.Hour, 0}, {"b", noon.AddDate(0, 0, -2), time.Hour, 0}}
	staff := map[string]bool{"a": true, "b": false, "idle": true, "ill": false}
	sheet := Reckon(staff, jobs, noon)
	if sheet.MedianToday.Jobs != 1 || sheet.CountedToday != 2 { // a and idle
		t.Errorf("today: %+v", sheet)
	}
	if sheet.MedianWeek.Jobs != 1 || sheet.CountedWeek != 3 { // a, b and idle
		t.Errorf("the week: %+v", sheet)
	}
	var order []string
	for _, l := range sheet.Loads {
		order = append(order, l.Staff)
	}
	if !slices.Equal(order, []string{"a", "b", "idle", "ill"}) {
		t.Errorf("in the order %v", order)
	}
}

func TestReckon_FarIsBeyondThreeInFour(t *testing.T) {
	var jobs []Job
	for i := range 8 {
		jobs = append(jobs, Job{"liu", noon, time.Minute, float64(i+1) * 100})
	}
	jobs = append(jobs, Job{"liu", noon, time.Minute, 0}) // from an unknown place: neither far nor near
	sheet := Reckon(map[string]bool{"liu": true}, jobs, noon)
	if sheet.Far != 600 || sheet.Loads[0].Week.FarTrips != 2 {
		t.Errorf("far from %v m on, %v trips", sheet.Far, sheet.Loads[0].Week.FarTrips)
	}
	if few := Reckon(map[string]bool{"liu": true}, jobs[1:], noon); few.Far != 0 || few.Loads[0].Week.FarTrips != 0 {
		t.Errorf("of seven ways: %+v", few)
	}
}

// Nothing is lost or counted twice, today is part of the week, and the order of the jobs does not matter.
func TestReckon_AddsUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		staff, jobs := map[string]bool{}, []Job{}
		for i := range rapid.IntRange(1, 6).Draw(t, "staff") {
			staff[fmt.Sprint(i)] = rapid.Bool().Draw(t, "duty")
		}
		for range rapid.IntRange(0, 40).Draw(t, "jobs") {
			jobs = append(jobs, Job{
				fmt.Sprint(rapid.IntRange(0, len(staff)-1).Draw(t, "who")), noon.Add(-time.Duration(rapid.IntRange(0, 150).Draw(t, "ago")) * time.Hour),
				time.Duration(rapid.IntRange(1, 300).Draw(t, "took")) * time.Minute, float64(rapid.IntRange(0, 9000).Draw(t, "way")),
			})
		}
		sheet := Reckon(staff, jobs, noon)
		done, far := 0., 0.
		for _, l := range sheet.Loads {
			done, far = done+l.Week.Jobs, far+l.Week.FarTrips
			if l.Today.Jobs > l.Week.Jobs || l.Today.Hours > l.Week.Hours || l.Today.FarTrips > l.Week.FarTrips {
				t.Fatalf("today is more than the week: %+v", l)
			}
		}
		within := 0.
		for _, j := range jobs {
			if !j.End.Before(Since(noon)) {
				within++
			}
		}
		if done != within || far > math.Ceil(within/4) || len(sheet.Loads) != len(staff) {
			t.Fatalf("%v jobs of %v, %v far: %+v", done, within, far, sheet)
		}
		slices.Reverse(jobs)
		for i, l := range Reckon(staff, jobs, noon).Loads {
			if l != sheet.Loads[i] {
				t.Fatalf("in another order: %+v", l)
			}
		}
	})
}
