package account

import "github.com/linlihub/linli/libs/fault"

// Faults of signing in. None of them tells whether a phone or a user name is known.
var (
	ErrCredentials = fault.Define(fault.Unauthenticated, "identity.credentials", "账号或验证信息不正确", "the user name, password or code is not right")
	ErrChoose      = fault.Define(fault.Invalid, "identity.choose", "请用手机号加验证码，或用户名加密码登录", "sign in with phone and code, or with user name and password")
	ErrTooSoon     = fault.Define(fault.Exhausted, "identity.otp_too_soon", "验证码已发送，请稍后再试", "a code was sent just now, please wait")
	ErrTooMany     = fault.Define(fault.Exhausted, "identity.too_many_tries", "尝试次数过多，请稍后再试", "too many tries, please wait")
	ErrSession     = fault.Define(fault.Unauthenticated, "identity.session", "登录已失效，请重新登录", "the session has ended, please sign in again")
	ErrDeposit     = fault.Define(fault.NotFound, "identity.deposit_unknown", "没有找到寄存的密码，请重新导入该员工", "no such password is deposited, please import the employee again")
	ErrNoSender    = fault.Define(fault.Unavailable, "identity.no_sender", "短信通道尚未配置", "no way to send codes is configured")
)
