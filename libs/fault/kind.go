// Package fault is the one error vocabulary of the platform: a small closed set of kinds, and classes with a stable code
// and a text in Chinese and English. It does no I/O and imports nothing but the standard library, so that a domain
// package may use it; faultgrpc and faulthttp carry it over the two wires.
//
//	var ErrClosed = fault.Define(fault.Conflict, "tickets.closed", "该工单已关闭", "this ticket is closed")
//
//	return ErrClosed                                  // as it is
//	return ErrClosed.With("state", s).Wrap(err)       // with a value and a cause
//	return fault.Invalid.Field("home_id", "请选择房屋", "choose a home")
//
//	errors.Is(err, ErrClosed)      // by code, here and behind any number of gRPC calls
//	errors.Is(err, fault.Conflict) // by kind
//
// What survives a wire: kind, code, both texts, values given to With, field violations, the time to wait before a
// retry. What does not: the cause, which is for the log of the process that saw it.
package fault

// Kind says what a caller can do about an error. A Kind is itself an error, the way syscall.Errno is: return it when
// there is nothing more exact to say. Its code is its name.
type Kind uint8

// The kinds; the number is the HTTP status each becomes. Adding one means a row in the table below and in the tables of
// faultgrpc and faulthttp; their tests walk over Kinds.
const (
	Internal        Kind = iota // 500: our mistake; the detail is only in the log
	Invalid                     // 400: the request is malformed; see the violations
	Unauthenticated             // 401: who are you?
	Denied                      // 403: we know who you are, and no
	NotFound                    // 404: unknown, or not yours: the two answer alike
	NotAllowed                  // 405: it is there, but not for this method
	Conflict                    // 409: the state of the thing forbids it
	Stale                       // 412: it changed since you read it
	TooLarge                    // 413: more than we take
	Unprocessable               // 422: well formed, yet it cannot be done
	Required                    // 428: If-Match (or another precondition) is missing
	Exhausted                   // 429: too many; wait
	Unavailable                 // 503: a part is away; try again
	Timeout                     // 504: no answer in time
)

var kinds = [...]struct{ name, zh, en string }{
	Internal:        {"internal", "系统内部错误", "internal error"},
	Invalid:         {"invalid", "请求内容有误", "invalid request"},
	Unauthenticated: {"unauthenticated", "请先登录", "please sign in"},
	Denied:          {"denied", "没有权限", "permission denied"},
	NotFound:        {"not_found", "没有找到", "not found"},
	NotAllowed:      {"not_allowed", "不支持此方法", "method not allowed"},
	Conflict:        {"conflict", "与当前状态冲突", "conflicts with the present state"},
	Stale:           {"stale", "内容已被更新，请刷新后重试", "changed in the meantime, please reload"},
	TooLarge:        {"too_large", "内容过大", "too large"},
	Unprocessable:   {"unprocessable", "无法处理该请求", "cannot be processed"},
	Required:        {"required", "缺少前提条件（If-Match）", "a precondition (If-Match) is required"},
	Exhausted:       {"exhausted", "请求过于频繁，请稍后再试", "too many requests, please wait"},
	Unavailable:     {"unavailable", "服务暂时不可用，请稍后再试", "temporarily unavailable, please try again"},
	Timeout:         {"timeout", "处理超时，请稍后再试", "timed out, please try again"},
}

// Kinds returns every kind once, for exhaustive tables and their tests.
func Kinds() []Kind {
	all := make([]Kind, len(kinds))
	for i := range all {
		all[i] = Kind(i)
	}
	return all
}

// KindNamed finds a kind by its String.
func KindNamed(name string) (Kind, bool) {
	for i := range kinds {
		if kinds[i].name == name {
			return Kind(i), true
		}
	}
	return Internal, false
}

// String is the kind's name in lower_snake_case, also its code.
func (k Kind) String() string { return k.known().Code() }

// Title is what the kind says when nothing more exact is known.
func (k Kind) Title(lang Lang) string { return k.known().Text(lang) }

// Error makes a Kind an error.
func (k Kind) Error() string { return k.fault().Error() }

// Is lets a Kind match the class that carries its name.
func (k Kind) Is(target error) bool { return k.known().Is(target) }

// With starts an Error of the kind's own class that carries a value; see Error.With.
func (k Kind) With(name string, value any) *Error { return k.fault().With(name, value) }

// Field starts an Error with a field violation; see Error.Field.
func (k Kind) Field(field, zh, en string) *Error { return k.fault().Field(field, zh, en) }

// Wrap starts an Error with a cause; see Error.Wrap.
func (k Kind) Wrap(cause error) *Error { return k.fault().Wrap(cause) }

func (k Kind) fault() *Error { return &Error{class: k.known()} }

// known is the class named after the kind; a number that is no kind is our mistake, hence Internal.
func (k Kind) known() *Class {
	if int(k) >= len(kindClasses) {
		k = Internal
	}
	return kindClasses[k]
}
