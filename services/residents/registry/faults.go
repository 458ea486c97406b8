package registry

import "github.com/linlihub/linli/libs/fault"

// Faults of the register. A home that is not yours answers as one that does not exist.
var (
	ErrHomeUnknown   = fault.Define(fault.NotFound, "residents.home_not_found", "没有找到这套房屋", "no such home")
	ErrPersonUnknown = fault.Define(fault.NotFound, "residents.person_not_found", "没有找到该住户", "no such person")
	ErrParentUnknown = fault.Define(fault.Unprocessable, "residents.parent_unknown", "导入的 {kind} {id} 所属上级 {parent} 不存在", "the parent {parent} of the imported {kind} {id} does not exist")
	ErrDates         = fault.Define(fault.Unprocessable, "residents.dates", "房屋 {home} 的角色结束时间须晚于开始时间", "a role in home {home} must end after it begins")
	ErrPhoneTaken    = fault.Define(fault.Conflict, "residents.phone_taken", "手机号已登记在另一位住户名下（{person}）", "the phone is registered for another person ({person})")
)
