package ticket

import "github.com/linlihub/linli/libs/fault"

// What a ticket refuses. The codes are stable; see the errors a method names.
var (
	ErrUnknownKind     = fault.Define(fault.Invalid, "tickets.unknown_kind", "未知的工单类型", "unknown kind of ticket")
	ErrUnknownCategory = fault.Define(fault.Invalid, "tickets.unknown_category", "未知的服务类别", "unknown category")
	ErrIncomplete      = fault.Define(fault.Invalid, "tickets.incomplete", "请补全工单内容", "the ticket is incomplete")
	ErrWordsTooLong    = fault.Define(fault.Invalid, "tickets.words_too_long", "文字不能超过{limit}字", "at most {limit} characters, please")
	ErrTooManyPhotos   = fault.Define(fault.Invalid, "tickets.too_many_photos", "最多上传{limit}张照片", "at most {limit} photos, please")
	ErrLimitDay        = fault.Define(fault.Exhausted, "tickets.limit_day", "今天已提交{limit}个工单，请明天再试；紧急情况不受限制", "{limit} tickets were opened today already; emergencies are never limited")
	ErrLimitIdentical  = fault.Define(fault.Conflict, "tickets.limit_identical", "同类工单已有{limit}个正在处理，可以催办或关注", "{limit} tickets like this are in progress already; urge or follow one of them")

	ErrClosed        = fault.Define(fault.Conflict, "tickets.closed", "该工单已关闭", "this ticket is closed")
	ErrFinished      = fault.Define(fault.Conflict, "tickets.finished", "该工单已完工", "the work on this ticket is finished")
	ErrNotFinished   = fault.Define(fault.Conflict, "tickets.not_finished", "该工单尚未完工", "the work on this ticket is not finished")
	ErrVisitOpen     = fault.Define(fault.Conflict, "tickets.visit_open", "该工单已派人上门，请由上门人员完工", "someone is assigned to this ticket and has to finish it")
	ErrCancelTooLate = fault.Define(fault.Conflict, "tickets.cancel_too_late", "维修人员已到场，不能取消", "the technician is on site already, it is too late to cancel")
	ErrUrgedLately   = fault.Define(fault.Exhausted, "tickets.urged_lately", "刚刚已催办，请{minutes}分钟后再试", "this ticket was urged a moment ago, please wait {minutes} min")
	ErrStale         = fault.Define(fault.Stale, "tickets.stale", "工单已更新，请刷新后重试", "the ticket has changed, please reload")
	ErrNotYours      = fault.Define(fault.Denied, "tickets.not_yours", "只有报单人可以操作", "only the person who opened the ticket may do this")
	ErrNotInHand     = fault.Define(fault.Denied, "tickets.not_in_hand", "只有负责这次上门的师傅可以操作", "only the technician who has this visit in hand may do this")
	ErrStaffOnly     = fault.Define(fault.Denied, "tickets.staff_only", "只有工作人员可以操作", "only staff may do this")

	ErrPauseReason   = fault.Define(fault.Invalid, "tickets.pause_reason", "暂停原因不在规定范围内", "this is not one of the reasons to pause")
	ErrPauseTooEarly = fault.Define(fault.Conflict, "tickets.pause_too_early", "响应之前不能暂停计时", "the clock cannot pause before anyone has responded")
	ErrNotPausable   = fault.Define(fault.Conflict, "tickets.not_pausable", "当前状态不能暂停", "the ticket cannot be paused in its present state")
	ErrNotPaused     = fault.Define(fault.Conflict, "tickets.not_paused", "该工单没有暂停", "the ticket is not paused")

	ErrStars        = fault.Define(fault.Invalid, "tickets.stars", "请给出1到5星", "one to five stars, please")
	ErrAlreadyRated = fault.Define(fault.Conflict, "tickets.already_rated", "本次服务已评价", "this service has been rated already")
	ErrNotRated     = fault.Define(fault.Conflict, "tickets.not_rated", "本次服务尚未评价", "this service has not been rated")
	ErrRatingWindow = fault.Define(fault.Conflict, "tickets.rating_window", "已超过评价或修改评价的期限", "it is too late to rate or to change the rating")
	ErrReopenWindow = fault.Define(fault.Conflict, "tickets.reopen_window", "已超过返修期限，请重新报修", "it is too late to return this ticket, please open a new one")
)
