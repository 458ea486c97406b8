package replay

import "fmt"

// source goes with every result on the file of this repository, and with any other of its kind.
var source = Remark{
	"输入是纽约市 311 服务请求（NYC Open Data），不是中国物业工单；据我们所知，中国物业工单没有公开数据。时段与类别反映的是纽约。",
	"The input is service requests of New York City (NYC Open Data, 311), not Chinese property tickets, of which we know no open data. Hours and kinds of trouble are New York's.",
}

// remarks says what was done to the file's times.
func (t Timetable) remarks() []Remark {
	var all []Remark
	if t.Folded {
		all = append(all, Remark{
			"文件跨度超过 48 小时，已按一天中的时刻折叠到同一天。",
			"The file spans more than 48 hours: it was folded onto one day by time of day.",
		})
	}
	if t.ShiftDays != 0 {
		all = append(all, Remark{
			fmt.Sprintf("服务器时钟不在文件当天，所有时间平移 %+d 天。", t.ShiftDays),
			fmt.Sprintf("The server's clock is on another day: all times were shifted by %+d days.", t.ShiftDays),
		})
	}
	if t.Behind > 0 {
		all = append(all, Remark{
			fmt.Sprintf("%d 行的时刻在开始时已经过去，立即开单。", t.Behind),
			fmt.Sprintf("%d rows lay before the clock at the start and were opened at once.", t.Behind),
		})
	}
	return all
}

func replacedRemark(categories []string) Remark {
	return Remark{
		fmt.Sprintf("服务器没有类别 %v，这些请求以“其他”开单。", categories),
		fmt.Sprintf("The server has no categories %v: such requests were opened as other.", categories),
	}
}

func noCodesRemark(path string) Remark {
	return Remark{
		fmt.Sprintf("无法读取验证码文件 %s：由管家代住户开单，没有评价。", path),
		fmt.Sprintf("The file of one-time codes %s cannot be read: stewards opened for the residents, and nobody rated.", path),
	}
}

func openRemark(n int, limit string) Remark {
	return Remark{
		fmt.Sprintf("最后一行开单 %s 后仍有 %d 张工单未结束，已停止等待。", limit, n),
		fmt.Sprintf("%d tickets had not come to an end %s after the last row: the replay waited no longer.", n, limit),
	}
}
