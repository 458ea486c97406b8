package ticket

import (
	"fmt"

	"github.com/linlihub/linli/services/tickets/policy"
)

// Category is what a ticket is about, by its stable code.
type Category string

// The categories.
const (
	Plumbing     Category = "plumbing"
	Electrical   Category = "electrical"
	DoorsWindows Category = "doors_windows"
	HVAC         Category = "hvac"
	Appliance    Category = "appliance"
	Masonry      Category = "masonry"
	Lift         Category = "lift"
	Gas          Category = "gas"
	Fire         Category = "fire"
	Cleaning     Category = "cleaning"
	Greening     Category = "greening"
	Noise        Category = "noise"
	Parking      Category = "parking"
	Security     Category = "security"
	Pest         Category = "pest"
	Other        Category = "other"
)

// Skill is what a technician must be able to do.
type Skill string

// The skills.
const (
	SkillPlumbing   Skill = "plumbing"
	SkillElectrical Skill = "electrical"
	SkillCarpentry  Skill = "carpentry"
	SkillHVAC       Skill = "hvac"
	SkillAppliance  Skill = "appliance"
	SkillMasonry    Skill = "masonry"
	SkillLift       Skill = "lift"
	SkillGas        Skill = "gas"
	SkillFire       Skill = "fire"
	SkillCleaning   Skill = "cleaning"
	SkillGreening   Skill = "greening"
	SkillSecurity   Skill = "security"
	SkillGeneral    Skill = "general"
)

// Info is what the platform knows of a category.
type Info struct {
	Code     Category
	ZH, EN   string
	Icon     string // emoji of the tile
	Skill    Skill
	Kind     Kind            // the usual one
	Priority policy.Priority // the usual one
	// StandardMinutes is the usual time of the job, without travel.
	StandardMinutes int
	// words hint at the category in free text: Chinese as substrings, English as whole words or their plural.
	words []string
}

// Gas and fire are emergencies whoever reports them and however: better a technician too early than too late.
var categories = []Info{
	{Plumbing, "水管水暖", "Plumbing", "🚰", SkillPlumbing, Repair, policy.P2, 45, []string{
		"水管", "漏水", "渗水", "滴水", "水龙头", "龙头", "马桶", "下水", "堵了", "堵塞", "反水", "地漏", "停水", "水压", "水表", "水槽", "浴缸", "花洒", "没水", "自来水", "水",
		"plumbing", "plumber", "pipe", "leak", "leaking", "tap", "faucet", "toilet", "drain", "drainage", "sink", "blocked", "water", "sewer", "sewage", "shower",
	}},
	{Electrical, "电路照明", "Electricity and light", "💡", SkillElectrical, Repair, policy.P2, 40, []string{
		"电路", "跳闸", "停电", "没电", "断电", "灯", "照明", "插座", "开关", "电线", "电表", "漏电", "短路", "电箱",
		"electric", "electrical", "electricity", "power", "light", "lamp", "socket", "switch", "breaker", "outage", "wiring", "wire",
	}},
	{DoorsWindows, "门窗锁具", "Doors, windows, locks", "🚪", SkillCarpentry, Repair, policy.P3, 45, []string{
		"门锁", "门禁", "防盗门", "门", "窗", "锁", "玻璃", "纱窗", "合页", "钥匙", "把手",
		"door", "window", "lock", "key", "glass", "hinge", "handle",
	}},
	{HVAC, "空调暖气", "Heating and cooling", "❄️", SkillHVAC, Repair, policy.P3, 60, []string{
		"空调", "暖气", "地暖", "供暖", "供热", "不热", "不制冷", "制冷", "制热", "新风", "散热器", "热水",
		"hvac", "heating", "heat", "heater", "radiator", "air conditioner", "air conditioning", "aircon", "cooling", "boiler", "hot water",
	}},
	{Appliance, "家电维修", "Appliances", "🧺", SkillAppliance, Repair, policy.P3, 60, []string{
		"冰箱", "洗衣机", "热水器", "油烟机", "电视", "微波炉", "洗碗机", "净水器", "家电", "电饭",
		"appliance", "fridge", "refrigerator", "washing machine", "washer", "dryer", "dishwasher", "microwave", "television", "cooker hood",
	}},
	{Masonry, "墙面地面", "Walls and floors", "🧱", SkillMasonry, Repair, policy.P3, 90, []string{
		"墙", "瓷砖", "地砖", "地板", "空鼓", "裂缝", "开裂", "掉皮", "起皮", "天花板", "吊顶", "发霉", "油漆", "涂料", "外墙",
		"wall", "floor", "tile", "ceiling", "plaster", "paint", "crack", "mould", "mold", "flooring", "stair",
	}},
	{Lift, "电梯", "Lifts", "🛗", SkillLift, Repair, policy.P2, 60, []string{
		"电梯", "轿厢", "梯门", "扶梯",
		"lift", "elevator", "escalator",
	}},
	{Gas, "燃气", "Gas", "🔥", SkillGas, Repair, policy.P1, 45, []string{
		"燃气", "煤气", "天然气", "灶", "gas", "stove",
	}},
	{Fire, "消防", "Fire safety", "🧯", SkillFire, Repair, policy.P1, 45, []string{
		"消防", "灭火器", "烟感", "消火栓", "喷淋", "火警", "消防通道", "防火门", "着火", "起火", "冒烟",
		"fire", "smoke", "hydrant", "extinguisher", "sprinkler",
	}},
	{Cleaning, "保洁", "Cleaning", "🧹", SkillCleaning, Repair, policy.P3, 30, []string{
		"保洁", "垃圾", "打扫", "清扫", "卫生", "脏", "异味", "臭", "清洁", "粪",
		"cleaning", "clean", "dirty", "garbage", "rubbish", "trash", "waste", "litter", "unsanitary", "smell", "graffiti",
	}},
	{Greening, "绿化", "Greenery", "🌳", SkillGreening, Repair, policy.P4, 60, []string{
		"绿化", "树", "草坪", "花坛", "修剪", "枯", "浇水", "绿植", "灌木",
		"greenery", "tree", "grass", "lawn", "plant", "garden", "branch", "shrub", "hedge",
	}},
	{Noise, "噪音扰民", "Noise", "🔊", SkillSecurity, Complaint, policy.P3, 20, []string{
		"噪音", "噪声", "扰民", "太吵", "吵闹", "吵", "音响", "广场舞", "施工声", "狗叫", "敲打",
		"noise", "noisy", "loud", "music", "barking", "party", "banging", "hammering",
	}},
	{Parking, "停车", "Parking", "🅿️", SkillSecurity, Complaint, policy.P3, 20, []string{
		"停车", "车位", "占位", "乱停", "挡车", "堵车", "道闸", "充电桩", "车库", "挪车", "车牌",
		"parking", "parked", "car", "garage", "driveway", "vehicle",
	}},
	{Security, "安保", "Security", "🛡️", SkillSecurity, Complaint, policy.P2, 20, []string{
		"安保", "保安", "陌生人", "可疑", "偷", "盗", "打架", "监控", "尾随", "高空抛物", "巡逻",
		"security", "guard", "stranger", "suspicious", "theft", "stolen", "burglar", "fight", "camera",
	}},
	{Pest, "虫害", "Pests", "🐀", SkillCleaning, Repair, policy.P3, 40, []string{
		"虫", "蟑螂", "老鼠", "蚂蚁", "白蚁", "蚊", "马蜂", "鼠",
		"pest", "rat", "mouse", "mice", "cockroach", "roach", "ant", "termite", "mosquito", "wasp", "rodent",
	}},
	{Other, "其他", "Other", "📋", SkillGeneral, Repair, policy.P3, 30, nil},
}

// Categories lists all categories in the order of the tiles.
func Categories() []Info { return append([]Info(nil), categories...) }

// CheckCrews answers what is wrong with the crews of a policy, or nil: work of a category that nobody knows is a typing error.
func CheckCrews(p *policy.Policy) error {
	for category := range p.Crews {
		if _, known := Category(category).Info(); !known {
			return policy.ErrInvalid.With("reason", fmt.Sprintf("policy %s has a crew for the category %q, which is none", p, category))
		}
	}
	return nil
}

// Info is what is known of a category; ok is false for an unknown code.
func (c Category) Info() (info Info, ok bool) {
	for _, known := range categories {
		if known.Code == c {
			return known, true
		}
	}
	return Info{}, false
}
