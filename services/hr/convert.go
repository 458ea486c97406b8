package hr

import (
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	commonv1 "github.com/linlihub/linli/proto/gen/linli/common/v1"
	hrv1 "github.com/linlihub/linli/proto/gen/linli/hr/v1"
	"github.com/linlihub/linli/services/hr/staff"
)

func fromProtoEmployee(e *hrv1.Employee) staff.Employee {
	employee := staff.Employee{
		ID: e.GetId(), Name: e.GetName(), FullName: e.GetFullName(), Phone: e.GetPhone(), Roles: e.GetRoles(),
		Districts: e.GetDistrictIds(), Skills: e.GetSkills(), DailyCap: int(e.GetDailyCap()),
		Base: staff.Point{Lat: e.GetBase().GetLat(), Lon: e.GetBase().GetLon()},
	}
	for _, c := range e.GetCertificates() {
		employee.Certificates = append(employee.Certificates, fromProtoCertificate(c))
	}
	for _, s := range e.GetShifts() {
		employee.Shifts = append(employee.Shifts, staff.Shift{
			Weekday: int(s.GetWeekday()), StartMinute: int(s.GetStartMinute()), EndMinute: int(s.GetEndMinute()),
		})
	}
	return employee
}

func toProtoEmployee(e staff.Employee, now time.Time) *hrv1.Employee {
	employee := &hrv1.Employee{
		Id: e.ID, Name: e.Name, FullName: e.FullName, Phone: e.Phone, Roles: e.Roles, DistrictIds: e.Districts, Skills: e.Skills,
		Certificates: toProtoCertificates(e.Certificates), OnDuty: e.Duty.On(now), Base: toProtoPoint(e.Base),
		DailyCap: int32(e.DailyCap), //nolint:gosec // at most 100, by the proto's rule
	}
	for _, s := range e.Shifts {
		employee.Shifts = append(employee.Shifts, &hrv1.Shift{
			Weekday: int32(s.Weekday), StartMinute: int32(s.StartMinute), EndMinute: int32(s.EndMinute), //nolint:gosec // days of a week, minutes of a day
		})
	}
	return employee
}

func toProtoStaffChanged(e staff.Employee, now time.Time) *hrv1.StaffChanged {
	return &hrv1.StaffChanged{
		StaffId: e.ID, Name: e.Name, Roles: e.Roles, DistrictIds: e.Districts, Skills: e.Skills,
		Certificates: toProtoCertificates(e.Certificates), Base: toProtoPoint(e.Base), At: stamp(now),
		DailyCap: int32(e.DailyCap), //nolint:gosec // at most 100, by the proto's rule
	}
}

func fromProtoCertificate(c *hrv1.Certificate) staff.Certificate {
	return staff.Certificate{Skill: c.GetSkill(), Name: c.GetName(), ValidFrom: instant(c.GetValidFrom()), ValidUntil: instant(c.GetValidUntil())}
}

func toProtoCertificates(all []staff.Certificate) []*hrv1.Certificate {
	var certificates []*hrv1.Certificate
	for _, c := range all {
		certificates = append(certificates, &hrv1.Certificate{
			Skill: c.Skill, Name: c.Name, ValidFrom: stamp(c.ValidFrom), ValidUntil: stamp(c.ValidUntil),
		})
	}
	return certificates
}

func toProtoPoint(p staff.Point) *commonv1.Point { return &commonv1.Point{Lat: p.Lat, Lon: p.Lon} }

// toProtoDuty writes a duty as of now; one that has lapsed is none.
func toProtoDuty(d staff.Duty, now time.Time) *hrv1.DutyState {
	if !d.On(now) {
		return &hrv1.DutyState{}
	}
	return &hrv1.DutyState{OnDuty: true, Since: stamp(d.Since), Until: stamp(d.Until)}
}

func instant(t *timestamppb.Timestamp) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.AsTime()
}

// stamp writes the zero time as an absent timestamp.
func stamp(t time.Time) *timestamppb.Timestamp {
	if t.IsZero() {
		return nil
	}
	return timestamppb.New(t)
}
