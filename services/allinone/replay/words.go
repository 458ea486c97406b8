package replay

import (
	"fmt"
)

// complaints are what a resident says about a category; the file's own words follow.
var complaints = map[string]string{
	"plumbing": "水管有问题", "electrical": "电路有问题", "doors_windows": "门窗坏了", "hvac": "暖气或热水不正常", "appliance": "家电坏了",
	"masonry": "墙面或地面破损", "lift": "电梯有问题", "gas": "燃气有问题", "fire": "消防设施有问题", "cleaning": "卫生不好",
	"greening": "树木需要处理", "noise": "太吵了", "parking": "有车乱停", "security": "请安保来看看", "pest": "有老鼠或虫子", Other: "请帮忙看一下",
}

var (
	doneWords   = []string{"已修复，现场测试正常", "已处理，住户确认", "已更换配件，试用正常", "已到现场处理完毕"}
	materials   = []string{"", "", "密封圈 1 个", "三角阀 1 个", "插座面板 1 个", "合页 2 个"}
	declines    = []string{"手头工作尚未完成", "距离较远，赶不及", "需要另一种工具"}
	absentWords = []string{"敲门无人应答，电话约定稍后再来", "住户暂时不便入户"}
	praise      = []string{"", "", "师傅很专业", "来得很快", "谢谢", "等得有点久", "态度不错"}
)

// words is what the ticket says, with a mark by which the replay finds its own tickets again.
func words(row Row, category, mark string) string {
	say := complaints[category]
	if say == "" {
		say = complaints[Other]
	}
	told := row.Complaint
	if row.Descriptor != "" {
		told += ": " + row.Descriptor
	}
	if told == "" {
		return say + "（" + mark + "）"
	}
	return fmt.Sprintf("%s。%.300s（%s）", say, told, mark)
}

// mark names one row in one replay.
func (r *run) mark(row Row) string { return "311 #" + row.Key + "/" + r.id }

// key makes the opening of a row happen once, however often it is asked for at one home.
func (r *run) key(row Row, try int) string {
	return fmt.Sprintf("replay-%s-%x-%d", r.id, hash("key", row.Key), try)
}
