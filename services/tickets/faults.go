package tickets

import "github.com/linlihub/linli/libs/fault"

var (
	errNotThere     = fault.Define(fault.Unprocessable, "tickets.not_an_occupant", "该住户不住在这套房屋", "the person does not live in this home")
	errPhotoUnknown = fault.Define(fault.Unprocessable, "tickets.photo_unknown", "照片 {photo} 不存在或已被使用", "photo {photo} does not exist or belongs to a ticket")
	errPhotoFormat  = fault.Define(fault.Invalid, "tickets.photo_format", "只支持 JPEG 或 PNG 照片", "a photo must be a JPEG or PNG picture")
	errPhotoSize    = fault.Define(fault.TooLarge, "tickets.photo_size", "照片不能超过 {mib} MiB 或 {megapixels} 百万像素", "a photo has at most {mib} MiB and {megapixels} megapixels")
	errReportDays   = fault.Define(fault.Invalid, "tickets.report_days", "起止日期应为 YYYY-MM-DD，起不晚于止，最多 {days} 天", "from and until are days, YYYY-MM-DD, in this order, and at most {days} days")
)
