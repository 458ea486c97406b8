package ticket

import (
	"slices"
	"testing"
	"unicode/utf8"

	"github.com/linlihub/linli/services/tickets/policy"
)

func TestGuess(t *testing.T) {
	for words, want := range map[string]struct {
		category Category
		priority policy.Priority
	}{
		"厨房水龙头一直滴水":                 {Plumbing, policy.P2},
		"马桶堵了":                      {Plumbing, policy.P2},
		"家里跳闸了，没电":                  {Electrical, policy.P2},
		"楼道灯不亮":                     {Electrical, policy.P2},
		"卫生间灯不亮了":                   {Electrical, policy.P2},
		"卫生间很脏":                     {Cleaning, policy.P3},
		"门锁坏了，钥匙打不开":                {DoorsWindows, policy.P3},
		"空调不制冷":                     {HVAC, policy.P3},
		"暖气不热":                      {HVAC, policy.P3},
		"洗衣机不转":                     {Appliance, policy.P3},
		"卧室墙面开裂掉皮":                  {Masonry, policy.P3},
		"电梯一直停在三楼":                  {Lift, policy.P2},
		"楼下垃圾没人清扫，很臭":               {Cleaning, policy.P3},
		"小区的树枯了要修剪":                 {Greening, policy.P4},
		"楼上半夜吵闹":                    {Noise, policy.P3},
		"有人占了我的车位":                  {Parking, policy.P3},
		"单元门口有可疑的陌生人":               {Security, policy.P2},
		"厨房有蟑螂":                     {Pest, policy.P3},
		"物业费怎么交":                    {Other, policy.P3},
		"":                          {Other, policy.P3},
		"The tap is dripping":       {Plumbing, policy.P2},
		"No heating, radiator cold": {HVAC, policy.P3},
		"Loud music at night":       {Noise, policy.P3},
		"The plant by the gate":     {Greening, policy.P4}, // no ants
		"ELEVATOR IS SLOW":          {Lift, policy.P2},
		"Rats in the basement":      {Pest, policy.P3},

		// rule 1: danger is P1
		"有人困在电梯里":                  {Lift, policy.P1},
		"老人被困，电梯不动":                {Lift, policy.P1},
		"闻到煤气味":                    {Gas, policy.P1},
		"厨房着火了":                    {Fire, policy.P1},
		"配电箱冒烟":                    {Fire, policy.P1},
		"水管爆了，家里被淹":                {Plumbing, policy.P1},
		"I am trapped in the lift": {Lift, policy.P1},
		"I can smell gas":          {Gas, policy.P1},
		"Burst  pipe!":             {Plumbing, policy.P1},
		"the cellar is FLOODED":    {Plumbing, policy.P1},
		"有人触电":                     {Electrical, policy.P1},

		// words that sound like danger and are none
		"热水器打不着火":    {Appliance, policy.P3},
		"长期被困扰，楼上太吵": {Noise, policy.P3},
	} {
		if category, priority := Guess(words); category != want.category || priority != want.priority {
			t.Errorf("%q is %s %s, want %s %s", words, category, priority, want.category, want.priority)
		}
	}
}

func TestCategories_AreComplete(t *testing.T) {
	skills := []Skill{
		SkillPlumbing, SkillElectrical, SkillCarpentry, SkillHVAC, SkillAppliance, SkillMasonry, SkillLift, SkillGas, SkillFire,
		SkillCleaning, SkillGreening, SkillSecurity, SkillGeneral,
	}
	if len(Categories()) != 16 {
		t.Errorf("%d categories", len(Categories()))
	}
	for _, c := range Categories() {
		if c.ZH == "" || c.EN == "" || c.Icon == "" || c.StandardMinutes <= 0 || !c.Priority.Valid() || !slices.Contains(Kinds(), c.Kind) ||
			!slices.Contains(skills, c.Skill) {
			t.Errorf("%+v lacks something", c)
		}
		if found, known := c.Code.Info(); !known || found.Code != c.Code {
			t.Errorf("%s is not found", c.Code)
		}
		for _, name := range []string{c.ZH, c.EN} {
			if got, _ := Guess(name); got != c.Code {
				t.Errorf("its own name %q is taken for %s", name, got)
			}
		}
	}
	if _, known := Category("alchemy").Info(); known {
		t.Error("an unknown category has information")
	}
}

func FuzzGuess(f *testing.F) {
	for _, words := range []string{"水龙头滴水", "trapped in the lift", "打不着火", "ants", "\xff\x00", "gasgas gas"} {
		f.Add(words)
	}
	f.Fuzz(func(t *testing.T, words string) {
		category, priority := Guess(words)
		if _, known := category.Info(); !known || !priority.Valid() {
			t.Fatalf("%q is %s %s", words, category, priority)
		}
		if Dangerous(words) != (priority == policy.P1) && category != Gas && category != Fire {
			t.Fatalf("%q: dangerous %v, priority %s", words, Dangerous(words), priority)
		}
		kept, err := clean(words)
		if err == nil && (!utf8.ValidString(kept) || utf8.RuneCountInString(kept) > MaxWords) {
			t.Fatalf("kept %q", kept)
		}
		MaskWords(words)
	})
}
