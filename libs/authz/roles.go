package authz

import (
	"maps"
	"slices"
)

// Role is what a person is to the company. A role that is not in the table below holds nothing.
type Role string

// The roles of the platform.
const (
	// Resident 居民: whoever holds a role in a home.
	Resident Role = "resident"
	// Technician 维修员.
	Technician Role = "technician"
	// Cleaner 保洁.
	Cleaner Role = "cleaner"
	// Guard 安保.
	Guard Role = "guard"
	// Steward 管家, who also answers the phone.
	Steward Role = "steward"
	// Manager 项目经理.
	Manager Role = "manager"
	// Director 总监, leading group 创新领导小组.
	Director Role = "director"
	// Operator 运维: runs the platform, sees no resident's data.
	Operator Role = "operator"
	// Admin sets the company up: imports places, people and staff.
	Admin Role = "admin"
)

var (
	residentMay = []string{
		"tickets:open", "tickets:read", "tickets:urge", "tickets:cancel", "tickets:rate", "tickets:reopen",
		"residents:read_own", "residents:read_home", "dispatch:read_position", "notify:read",
	}
	fieldMay = []string{
		"tickets:read", "tickets:pause", "dispatch:own_visits", "hr:own_duty", "notify:read", "residents:read_places",
	}
	stewardMay = []string{
		"tickets:open", "tickets:read", "tickets:urge", "tickets:cancel", "tickets:pause",
		"dispatch:assign", "dispatch:read_board", "notify:read", "hr:read", "hr:own_duty",
		"residents:read_places", "residents:read_homes", "residents:read_home", "residents:reveal",
	}
	managerMay  = append([]string{"hr:write", "residents:write", "tickets:report", "dispatch:what_if", "dispatch:set_help", "dispatch:read_loads"}, stewardMay...)
	directorMay = []string{
		"tickets:read", "tickets:report", "dispatch:read_board", "dispatch:what_if", "dispatch:read_loads", "hr:read", "notify:read",
		"residents:read_places",
	}
	adminMay = append([]string{"residents:import", "hr:import", "identity:deposit"}, managerMay...)
)

// grants is the whole table: deny by default, one line per role.
var grants = map[Role]struct {
	permissions []string
	companyWide bool
}{
	Resident:   {permissions: residentMay},
	Technician: {permissions: fieldMay},
	Cleaner:    {permissions: fieldMay},
	Guard:      {permissions: fieldMay},
	Steward:    {permissions: stewardMay},
	Manager:    {permissions: managerMay},
	Director:   {permissions: directorMay, companyWide: true},
	Operator:   {permissions: []string{"ops:read"}, companyWide: true},
	Admin:      {permissions: adminMay, companyWide: true},
}

// Permissions answers all that a set of roles may do, sorted.
func Permissions(roles ...Role) []string {
	all := map[string]bool{}
	for _, r := range roles {
		for _, p := range grants[r].permissions {
			all[p] = true
		}
	}
	return slices.Sorted(maps.Keys(all))
}

// Roles answers every role, sorted by name.
func Roles() []Role { return slices.Sorted(maps.Keys(grants)) }

func (r Role) may(permission string) bool {
	return slices.Contains(grants[r].permissions, permission)
}

func (r Role) companyWide() bool { return grants[r].companyWide }
