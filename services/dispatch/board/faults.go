package board

import "github.com/linlihub/linli/libs/fault"

// What a board refuses.
var (
	ErrVisitUnknown  = fault.Define(fault.NotFound, "dispatch.visit_not_found", "没有找到该上门任务", "no such visit")
	ErrJobUnknown    = fault.Define(fault.NotFound, "dispatch.job_not_found", "没有找到待派的工单", "no such ticket to dispatch")
	ErrTaken         = fault.Define(fault.Conflict, "dispatch.taken", "该单已被其他人接走", "somebody else was faster")
	ErrOfferExpired  = fault.Define(fault.Conflict, "dispatch.offer_expired", "派单已超时", "the offer has expired")
	ErrVisitOver     = fault.Define(fault.Conflict, "dispatch.visit_over", "该上门任务已结束", "the visit is over")
	ErrWrongState    = fault.Define(fault.Conflict, "dispatch.wrong_state", "当前状态（{state}）不能执行此操作", "not possible while the visit is {state}")
	ErrBusy          = fault.Define(fault.Conflict, "dispatch.busy", "请先完成正在进行的上门任务", "finish the visit that is under way first")
	ErrFirstFinishes = fault.Define(fault.Conflict, "dispatch.first_finishes", "双人作业由主责人员完工", "the first technician says that the work is done")
	ErrFull          = fault.Define(fault.Conflict, "dispatch.full", "手上已有 {capacity} 单，请先完成再抢单", "you hold {capacity} visits already, finish one first")
	ErrNotEligible   = fault.Define(fault.Unprocessable, "dispatch.not_eligible", "该人员不能派此单：{reason}", "this technician cannot be sent: {reason}")
	ErrLent          = fault.Define(fault.Unprocessable, "dispatch.lent", "该人员正在支援片区 {district}", "this technician helps in {district} now")
	ErrStaffUnknown  = fault.Define(fault.NotFound, "dispatch.staff_not_found", "该片区没有这名维修人员", "no such technician in this district")
	ErrAlreadyOut    = fault.Define(fault.Conflict, "dispatch.already_assigned", "该工单已派单，请使用改派", "the ticket is assigned already, transfer it instead")
	ErrNothingToMove = fault.Define(fault.Conflict, "dispatch.not_assigned", "该工单尚未派单", "the ticket is not assigned yet")
)
