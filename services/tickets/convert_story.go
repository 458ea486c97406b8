package tickets

import (
	"fmt"

	commonv1 "github.com/linlihub/linli/proto/gen/linli/common/v1"
	ticketsv1 "github.com/linlihub/linli/proto/gen/linli/tickets/v1"
	"github.com/linlihub/linli/services/tickets/ticket"
)

var reasonTexts = map[ticket.PauseReason]*commonv1.Text{
	ticket.WaitingResident:   {Zh: "等待住户", En: "waiting for the resident"},
	ticket.AccessRefused:     {Zh: "无法入户", En: "no access"},
	ticket.PartOrdered:       {Zh: "等待配件", En: "part ordered"},
	ticket.JointOwnerConsent: {Zh: "等待共有人同意", En: "joint owners must agree"},
}

// toProtoStory tells the log of a ticket in plain words.
func toProtoStory(t *ticketsv1.Ticket, log []ticket.Event) *ticketsv1.Story {
	story := &ticketsv1.Story{Ticket: t}
	cycle := int32(0)
	for i, e := range log {
		switch e.(type) {
		case ticket.Opened, ticket.Reopened:
			cycle++
		}
		_, late := e.(ticket.CameLate)
		story.Entries = append(story.Entries, &ticketsv1.Story_Entry{
			Seq: int32(i) + 1, Type: e.Name(), At: stamp(e.When().At), Actor: string(e.When().By.Kind), ActorId: e.When().By.ID,
			Text: tell(e), Cycle: cycle, Late: late,
		})
	}
	return story
}

// tell says what happened. Words of people are added as they were written.
func tell(e ticket.Event) *commonv1.Text {
	switch e := e.(type) {
	case ticket.Opened:
		return said("提交工单", "Opened", e.Words)
	case ticket.Replied:
		return said("回复", "Replied", e.Words)
	case ticket.PhotosAdded:
		return toProtoText("补充照片", "Photos added")
	case ticket.Assigned:
		return toProtoText("已派单 "+e.StaffName, "Assigned "+e.StaffName)
	case ticket.Unassigned:
		return toProtoText("派单失效（"+visitEnds[e.Why].GetZh()+"）", "Offer ended ("+visitEnds[e.Why].GetEn()+")")
	case ticket.Accepted:
		return toProtoText("已接单 "+e.StaffName, "Accepted "+e.StaffName)
	case ticket.Departed:
		return toProtoText("已出发", "On the way")
	case ticket.EtaMoved:
		return toProtoText("预计到达时间更新", "Expected arrival moved")
	case ticket.Arrived:
		return toProtoText("已到达", "Arrived")
	case ticket.Paused:
		return toProtoText("暂停："+reasonTexts[e.Reason].GetZh()+" "+e.Words, "Paused: "+reasonTexts[e.Reason].GetEn()+" "+e.Words)
	case ticket.Resumed:
		return toProtoText("恢复", "Resumed")
	case ticket.Finished:
		return said("完工", "Finished", e.Result.Words)
	default:
		return tellAfter(e)
	}
}

// said is what happened, with what somebody said about it, if they did.
func said(zh, en, words string) *commonv1.Text {
	if words == "" {
		return toProtoText(zh, en)
	}
	return toProtoText(zh+"："+words, en+": "+words)
}

// tellAfter says what happens after the work, and around it.
func tellAfter(e ticket.Event) *commonv1.Text {
	switch e := e.(type) {
	case ticket.Rated:
		return toProtoText(fmt.Sprintf("评价 %d 星 %s", e.Stars, e.Words), fmt.Sprintf("Rated %d of 5 %s", e.Stars, e.Words))
	case ticket.RatingEdited:
		return toProtoText(fmt.Sprintf("修改评价为 %d 星 %s", e.Stars, e.Words), fmt.Sprintf("Rating changed to %d of 5 %s", e.Stars, e.Words))
	case ticket.Reopened:
		return said("返修", "Not fixed", e.Words)
	case ticket.Urged:
		return said("催单", "Urged", e.Words)
	case ticket.Cancelled:
		return said("取消", "Cancelled", e.Words)
	case ticket.Closed:
		return toProtoText("关闭", "Closed")
	case ticket.Escalated:
		return toProtoText(fmt.Sprintf("未派单已用去响应时限的 %d%%，升级通知", e.Percent), fmt.Sprintf("Unassigned at %d %% of the response target, escalated", e.Percent))
	case ticket.NoCandidateRaised:
		return toProtoText("暂无可派人员", "Nobody can be sent")
	case ticket.Followed:
		return toProtoText("邻居关注", "Followed by a neighbour")
	case ticket.SecondJoined:
		return toProtoText("协助人员已接单 "+e.StaffName, "A second technician comes along: "+e.StaffName)
	case ticket.SecondArrived:
		return toProtoText("协助人员已到达 "+e.StaffName, "The second technician has arrived: "+e.StaffName)
	case ticket.SecondLeft:
		return toProtoText("协助人员离开 "+e.StaffName, "The second technician was called away: "+e.StaffName)
	case ticket.SecondMissed:
		return toProtoText("双人作业暂无协助人员，主责人员先行前往", "Work for two: nobody can be sent along, the first goes alone")
	case ticket.CameLate:
		return toProtoText("迟到的报告，未生效", "A report that came too late, without effect")
	default:
		return toProtoText(e.Name(), e.Name())
	}
}

var visitEnds = map[ticket.VisitEnd]*commonv1.Text{
	ticket.VisitDeclined: {Zh: "拒单", En: "declined"}, ticket.VisitExpired: {Zh: "超时未接", En: "not answered in time"},
	ticket.VisitWithdrawn: {Zh: "撤回", En: "withdrawn"}, ticket.VisitSuperseded: {Zh: "改派", En: "given to another"},
	ticket.VisitFinished: {Zh: "完工", En: "finished"}, ticket.VisitCancelled: {Zh: "取消", En: "cancelled"},
}
