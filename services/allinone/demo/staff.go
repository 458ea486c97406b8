package demo

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	commonv1 "github.com/linlihub/linli/proto/gen/linli/common/v1"
	hrv1 "github.com/linlihub/linli/proto/gen/linli/hr/v1"
	residentsv1 "github.com/linlihub/linli/proto/gen/linli/residents/v1"
)

// Employee is one of the staff. Certificates are dated from the server's clock and so come with At.
type Employee struct {
	profile *hrv1.Employee
	// certified are the skills that need a certificate, with the months it still runs; one that has lapsed runs 0.
	certified []certified
}

type certified struct {
	skill string
	left  int
}

// Username is the employee's id; all passwords are Password.
func (e Employee) Username() string { return e.profile.GetId() }

// Role is the first role.
func (e Employee) Role() string { return e.profile.GetRoles()[0] }

// Field says that the employee goes out to residents.
func (e Employee) Field() bool {
	return slices.Contains([]string{"technician", "guard", "cleaner"}, e.Role())
}

// Base is where the employee starts from.
func (e Employee) Base() *commonv1.Point { return e.profile.GetBase() }

// At is the employee as imported at an instant of the server's clock.
func (e Employee) At(now time.Time) *hrv1.Employee {
	profile := proto.Clone(e.profile).(*hrv1.Employee)
	for _, c := range e.certified {
		until := now.AddDate(0, c.left, 0)
		if c.left == 0 {
			until = now.AddDate(0, 0, -10)
		}
		profile.Certificates = append(profile.Certificates, &hrv1.Certificate{
			Skill: c.skill, Name: certificates[c.skill],
			ValidFrom: timestamppb.New(until.AddDate(-3, 0, 0)), ValidUntil: timestamppb.New(until),
		})
	}
	return profile
}

// certificates that a skill needs by law, as they are printed.
var certificates = map[string]string{
	"electrical": "特种作业操作证（低压电工作业）",
	"gas":        "燃气经营企业从业人员专业培训考核合格证书（燃气用户安装检修工）",
	"lift":       "特种设备安全管理和作业人员证（电梯修理 T）",
	"fire":       "消防设施操作员职业资格证书（四级）",
}

// trade is a sort of employee who works in homes or on the grounds.
type trade struct {
	role, title string
	cap         int32
	skills      []string
}

// The trades. The first six go round among the technicians of a district.
var (
	trades = []trade{
		{"technician", "师傅", 14, []string{"plumbing", "hvac", "gas", "general"}},
		{"technician", "师傅", 14, []string{"electrical", "lift", "fire", "appliance"}},
		{"technician", "师傅", 14, []string{"hvac", "plumbing", "appliance", "electrical"}},
		{"technician", "师傅", 14, []string{"carpentry", "masonry", "general", "plumbing"}},
		{"technician", "师傅", 16, []string{"general", "security", "carpentry", "greening"}},
		{"technician", "师傅", 14, []string{"electrical", "fire", "gas", "hvac", "masonry"}},
	}
	allRound = trade{"technician", "师傅", 16, []string{"plumbing", "electrical", "hvac", "lift", "gas", "fire", "carpentry", "masonry", "appliance", "security", "general", "cleaning"}}
	// Guards also watch the fire panel: two with the certificate at any hour (消防控制室, GB 25506-2010 4.2.1).
	guard   = trade{"guard", "队员", 24, []string{"security", "fire", "general"}}
	cleaner = trade{"cleaner", "师傅", 18, []string{"cleaning", "greening"}}
)

// recruit counts employees of one sort in one district; "" is both.
type recruit struct {
	trades   []trade
	district string
	count    int
	shifts   []shift
}

var recruits = []recruit{
	{trades, "d1", 14, []shift{early, late, day}},
	{trades, "d2", 10, []shift{early, late, day}},
	{[]trade{allRound}, "", 5, []shift{late, early, late}}, // electricians and lift mechanics are few in the evening
	{[]trade{allRound}, "", 5, []shift{night}},
	{[]trade{guard}, "d1", 8, []shift{late, early, night, day}}, // the loudest hours are those before and after midnight
	{[]trade{guard}, "d2", 5, []shift{late, early, night}},
	{[]trade{cleaner}, "d1", 2, []shift{day}},
	{[]trade{cleaner}, "d2", 2, []shift{day}},
}

// office are those who do not go out.
var office = []struct{ role, title, district string }{
	{"steward", "管家", "d1"},
	{"steward", "管家", "d1"},
	{"steward", "管家", "d2"},
	{"steward", "管家", "d2"},
	{"manager", "经理", "d1"},
	{"manager", "经理", "d2"},
	{"director", "总监", ""},
	{"operator", "工程师", ""},
	{"admin", "主任", ""},
}

// employ fills the staff list: everyone works five days of eight hours (劳动法 36, 38), and rests on two that follow each
// other.
func (r *Register) employ(random *rand.Rand) {
	for _, group := range recruits {
		for i := range group.count {
			t := group.trades[i%len(group.trades)]
			e := r.hire(random, t.role, t.title, group.district)
			e.profile.Skills, e.profile.DailyCap = t.skills, t.cap
			e.profile.Shifts = group.shifts[(i+i/len(trades))%len(group.shifts)].week(i / len(group.shifts))
			e.certified = certify(random, t.skills)
			r.Staff = append(r.Staff, e)
		}
	}
	for i, o := range office {
		e := r.hire(random, o.role, o.title, o.district)
		e.profile.Shifts = day.week(2 * i)
		r.Staff = append(r.Staff, e)
	}
}

func (r *Register) hire(random *rand.Rand, role, title, district string) Employee {
	n := len(r.Staff) + 1
	name := fullName(random)
	e := &hrv1.Employee{
		Id: fmt.Sprintf("s%03d", n), Name: surname(name) + title, FullName: name, Phone: staffPhone(n), Roles: []string{role},
	}
	var grounds []*residentsv1.Building
	for _, d := range r.Districts {
		if district == "" || d.GetId() == district {
			e.DistrictIds = append(e.DistrictIds, d.GetId())
			grounds = append(grounds, r.ByDistrict()[d.GetId()]...)
		}
	}
	e.Base = grounds[7*n%len(grounds)].GetPoint()
	return Employee{profile: e}
}

// certify dates the certificates: one in eight runs out within a month, which the register warns of.
func certify(random *rand.Rand, skills []string) []certified {
	var all []certified
	for _, skill := range skills {
		if certificates[skill] == "" {
			continue
		}
		left := 3 + random.IntN(30)
		if random.IntN(8) == 0 {
			left = 1
		}
		all = append(all, certified{skill, left})
	}
	return all
}
