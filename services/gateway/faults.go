package gateway

import "github.com/linlihub/linli/libs/fault"

var (
	errNoRoute     = fault.Define(fault.NotFound, "gateway.no_route", "没有这个接口", "there is no such operation")
	errNoMethod    = fault.Define(fault.NotAllowed, "gateway.method", "该接口只支持 {methods}", "the operation takes {methods} only")
	errJSON        = fault.Define(fault.Invalid, "gateway.json", "请求内容不是有效的 JSON，或字段类型不正确", "the body is not valid JSON, or a field has the wrong type")
	errQuery       = fault.Define(fault.Invalid, "gateway.query", "查询参数 {field} 的值不符合要求", "the query parameter {field} is not what it should be")
	errQueryForm   = fault.Define(fault.Invalid, "gateway.query_form", "查询部分无法解析", "the query cannot be read")
	errBodyLarge   = fault.Define(fault.TooLarge, "gateway.body_too_large", "请求内容不能超过 {kib} KiB", "a request has at most {kib} KiB")
	errLimited     = fault.Define(fault.Exhausted, "gateway.rate_limited", "请求过于频繁，请稍后再试", "too many requests, please wait")
	errLastEventID = fault.Define(fault.Invalid, "gateway.last_event_id", "Last-Event-ID 须为非负整数", "Last-Event-ID must be a number, not negative")
)
