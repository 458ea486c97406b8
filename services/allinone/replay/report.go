package replay

import "time"

// Report is what a replay has found. With --json it is printed as one object.
type Report struct {
	// Read counts the rows of the file; each was skipped or asked to be opened.
	Read    int `json:"read"`
	Skipped int `json:"skipped"`
	// Opened counts tickets that the server answered with success; Assigned, Finished and Rated those of them that were.
	Opened   int `json:"opened"`
	Assigned int `json:"assigned"`
	Finished int `json:"finished"`
	Rated    int `json:"rated"`
	// Lost counts opened tickets that the server does not know, or that never came to an end.
	Lost int `json:"lost"`

	// T1 is measured here, on the wall: from sending the request to hearing of the assignment. T1s, T2s and T3s are the
	// server's, in domain seconds: posted → assigned, → accepted, → arrived.
	T1ms Distribution `json:"t1_ms"`
	T1s  Distribution `json:"t1_s"`
	T2s  Distribution `json:"t2_s"`
	T3s  Distribution `json:"t3_s"`
	// OnTimeShare is of the tickets that were not cancelled: those at whose door somebody arrived within the promise.
	OnTimeShare float64 `json:"on_time_share"`

	// Refused rows were answered with a problem, Doubled rows opened two tickets: there should be none of either.
	Refused     int       `json:"refused"`
	Doubled     int       `json:"doubled"`
	SkippedRows []Skipped `json:"skipped_rows"`
	RefusedRows []Refusal `json:"refused_rows"`
	LostTickets []string  `json:"lost_tickets"`
	ByCategory  []Group   `json:"by_category"`
	ByHour      []Group   `json:"by_hour"`
	// Stars counts ratings of one to five stars; Returned counts tickets that came back as not fixed.
	Stars     [5]int `json:"stars"`
	Returned  int    `json:"returned"`
	Cancelled int    `json:"cancelled"`
	// Declined offers, Absent residents and Unassigned alarms are what the day was made difficult with.
	Declined int `json:"declined"`
	Absent   int `json:"absent"`
	// Followed counts the times that a technician rode to where they were advised to wait.
	Followed int `json:"followed"`

	ShiftDays   int       `json:"shift_days"`
	Folded      bool      `json:"folded"`
	Behind      int       `json:"behind"`
	File        string    `json:"file"`
	Server      string    `json:"server"`
	Speed       float64   `json:"speed"`
	Began       time.Time `json:"began"` // on the server's clock
	Ended       time.Time `json:"ended"`
	WallSeconds float64   `json:"wall_seconds"`
	Remarks     []Remark  `json:"remarks"`
}

// Refusal is a row whose ticket the server did not open.
type Refusal struct {
	Row    int    `json:"row"`
	Code   string `json:"code"`
	Reason string `json:"reason"`
}

// Group is a part of the tickets: one category, or one hour of the day in which they were opened.
type Group struct {
	Key    string `json:"key"`
	ZH     string `json:"name_zh"`
	EN     string `json:"name_en"`
	Opened int    `json:"opened"`
	// Due counts those that were not cancelled, OnTime those of them with an arrival within the promise.
	Due    int          `json:"due"`
	OnTime int          `json:"on_time"`
	Share  float64      `json:"share"`
	T3s    Distribution `json:"t3_s"`
}

// Remark is something a reader of the report has to know, in both languages.
type Remark struct {
	ZH string `json:"zh"`
	EN string `json:"en"`
}

// Good says that every row that could be read became exactly one ticket which came to its end.
func (r Report) Good() bool { return r.Lost == 0 && r.Refused == 0 && r.Doubled == 0 }
