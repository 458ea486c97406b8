// Package feed is what a person should hear: lines of a feed in plain words, in both languages. It does no I/O.
package feed

import (
	"strings"
	"time"
)

// zone is China's one time zone, in which times are told.
var zone = time.FixedZone("Asia/Shanghai", 8*60*60)

// The feeds there are; each is told apart by its prefix.
const (
	ticketPrefix   = "ticket:"
	personPrefix   = "person:"
	staffPrefix    = "staff:"
	districtPrefix = "district:"
)

// OfTicket names the feed of a ticket.
func OfTicket(id string) string { return ticketPrefix + id }

// OfPerson names a resident's own feed.
func OfPerson(id string) string { return personPrefix + id }

// OfStaff names an employee's own feed.
func OfStaff(id string) string { return staffPrefix + id }

// OfDistrict names a district's feed, which the console shows.
func OfDistrict(id string) string { return districtPrefix + id }

// Reader is who wants to read a feed.
type Reader struct {
	PersonID, StaffID string
	// Reaches says whether a district lies in the reader's scope of work.
	Reaches func(district string) bool
}

// Ticket is what a feed knows of a ticket, to decide who may read it.
type Ticket struct {
	ID, DistrictID, ResidentID string
	// Listeners are followers and technicians; ids of people and staff do not collide: each has its own prefix.
	Listeners []string
}

// MayRead says whether a reader may read a feed. t is the ticket of a ticket's feed.
func MayRead(name string, r Reader, t Ticket) bool {
	kind, id, _ := strings.Cut(name, ":")
	switch kind + ":" {
	case personPrefix:
		return id != "" && id == r.PersonID
	case staffPrefix:
		return id != "" && id == r.StaffID
	case districtPrefix:
		return id != "" && r.Reaches(id)
	case ticketPrefix:
		return t.ID == id && t.ID != "" && t.readableBy(r)
	default:
		return false
	}
}

func (t Ticket) readableBy(r Reader) bool {
	if r.PersonID != "" && r.PersonID == t.ResidentID || r.Reaches(t.DistrictID) {
		return true
	}
	for _, l := range t.Listeners {
		if r.PersonID != "" && l == OfPerson(r.PersonID) || r.StaffID != "" && l == OfStaff(r.StaffID) {
			return true
		}
	}
	return false
}

// Text is one sentence in both languages.
type Text struct{ ZH, EN string }

// Window spells when somebody is expected, "14:20–14:35"; "" when nobody knows.
func Window(from, to time.Time) string {
	if from.IsZero() || to.IsZero() {
		return ""
	}
	return from.In(zone).Format("15:04") + "–" + to.In(zone).Format("15:04")
}

// Say fills {name} and {eta} of a sentence; a part in [brackets] that mentions an empty value is left out.
func Say(t Text, name, eta string) Text {
	return Text{fill(t.ZH, name, eta), fill(t.EN, name, eta)}
}

func fill(s, name, eta string) string {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(s, "[")
		b.WriteString(before)
		if !found {
			break
		}
		optional, after, _ := strings.Cut(rest, "]")
		if !(strings.Contains(optional, "{name}") && name == "") && !(strings.Contains(optional, "{eta}") && eta == "") {
			b.WriteString(optional)
		}
		s = after
	}
	return strings.NewReplacer("{name}", name, "{eta}", eta).Replace(b.String())
}

// The sentences of a ticket's life.
var (
	Opened     = Text{"工单已提交，正在为您派单", "Ticket opened, looking for a technician"}
	Assigned   = Text{"已派单[给{name}][，预计 {eta} 到达]", "Assigned[ to {name}][, expected {eta}]"}
	Unassigned = Text{"正在重新派单", "Looking for another technician"}
	Accepted   = Text{"[{name}]已接单[，预计 {eta} 到达]", "Accepted[ by {name}][, expected {eta}]"}
	Departed   = Text{"[{name}]已出发[，预计 {eta} 到达]", "The technician[ {name}] is on the way[, expected {eta}]"}
	EtaMoved   = Text{"预计到达时间更新[为 {eta}]", "Expected time of arrival[ now {eta}]"}
	Arrived    = Text{"[{name}]已到达", "The technician[ {name}] has arrived"}
	Paused     = Text{"工单已暂停", "Work is paused"}
	Resumed    = Text{"工单已恢复", "Work goes on"}
	Finished   = Text{"维修已完成，请评价", "The work is finished, please rate it"}
	Rated      = Text{"已评价，感谢您的反馈", "Rated, thank you"}
	Reopened   = Text{"已登记返修，正在重新派单", "Returned: looking for a technician again"}
	Urged      = Text{"住户催单", "The resident asks for haste"}
	Cancelled  = Text{"工单已取消", "Ticket cancelled"}
	Closed     = Text{"工单已关闭", "Ticket closed"}
	Followed   = Text{"有邻居关注了此工单", "A neighbour follows this ticket"}
	Stranded   = Text{"当前没有可派人员，已通知值班人员", "Nobody is available right now, the duty lead has been told"}
	Escalated  = Text{"仍未派单，已升级处理", "Still unassigned, escalated"}
	Sorry      = Text{"非常抱歉，派单超时，已升级至值班主管处理", "We are sorry: this takes longer than promised, the duty lead has taken it up"}
	Preempted  = Text{"非常抱歉，因紧急事件您的上门顺延，正在重新安排", "We are sorry: an emergency takes precedence, your visit is being planned anew"}
	Offer      = Text{"新工单，请尽快接单", "A new visit, please accept"}
	Bumped     = Text{"有紧急工单优先，您这一单已让出并重新安排，详见今日行程", "An emergency takes precedence: this visit is planned anew, see your day"}
	OfferGone  = Text{"该上门已撤回", "The visit was withdrawn"}
	Haste      = Text{"住户催单，请尽快处理", "The resident asks for haste"}
)

// The sentences of work for two.
var (
	SecondJoined   = Text{"双人作业：协助人员[{name}]一同上门[，预计 {eta} 到达]", "Work for two: [{name} ]comes along[, expected {eta}]"}
	SecondArrived  = Text{"协助人员[{name}]已到达", "The second technician[ {name}] has arrived"}
	SecondReleased = Text{"协助人员[{name}]离开，正在另派", "The second technician[ {name}] was called away, looking for another"}
	SecondMissed   = Text{"双人作业暂无协助人员，主责人员先行前往，已通知值班人员", "Work for two: nobody can be sent along yet, the first goes alone; the duty lead has been told"}
	SecondOffer    = Text{"双人作业，请前往协助，请尽快接单", "Work for two: please come along, and accept"}
	SecondFree     = Text{"协助任务已结束", "You are no longer needed as the second"}
)
