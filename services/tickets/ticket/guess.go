package ticket

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/linlihub/linli/services/tickets/policy"
)

// dangers are words for danger to people: gas, fire, trapped, flood, electric shock. They make any ticket a P1.
var dangers = []struct {
	category Category
	words    []string
}{
	{Lift, []string{"困在电梯", "电梯困人", "关在电梯", "困人", "被困", "困在", "trapped", "stuck in the lift", "stuck in the elevator", "stuck in lift", "stuck in elevator"}},
	{Gas, []string{
		"燃气泄漏", "燃气漏", "煤气泄漏", "煤气漏", "天然气泄漏", "天然气漏", "漏燃气", "漏煤气", "漏天然气", "煤气味", "燃气味", "天然气味", "闻到煤气", "闻到燃气", "煤气中毒", "一氧化碳",
		"gas leak", "gas leaking", "leaking gas", "smell gas", "smell of gas", "gas smell", "carbon monoxide",
	}},
	{Fire, []string{"着火", "起火", "失火", "火灾", "冒烟", "浓烟", "on fire", "fire broke out", "flames", "burning", "smoke coming"}},
	{Plumbing, []string{
		"爆管", "水管爆", "管道爆裂", "水管破裂", "淹水", "被淹", "淹了", "水淹", "漫水", "水漫", "发大水", "水柱",
		"flood", "flooded", "flooding", "burst pipe", "pipe burst", "burst water", "water main break",
	}},
	{Electrical, []string{"触电", "electrocuted", "electric shock"}},
}

// harmless phrases hold a danger word, or another hint, by accident: a bathroom 卫生间 is not about cleanliness 卫生.
var harmless = strings.NewReplacer("打不着火", "", "点不着火", "", "不着火", "", "被困扰", "", "困扰", "", "卫生间", "")

// Guess finds the likeliest category and the priority in free words, Chinese or English. Without a hint it is Other and
// ordinary. Danger words always make it P1.
func Guess(words string) (Category, policy.Priority) {
	text := normalise(words)
	if category, danger := findDanger(text); danger {
		return category, policy.P1
	}
	best, bestScore := categories[len(categories)-1], 0
	for _, c := range categories {
		if score := c.score(text); score > bestScore {
			best, bestScore = c, score
		}
	}
	return best.Code, best.Priority
}

// Dangerous reports whether the words speak of danger to people.
func Dangerous(words string) bool {
	_, danger := findDanger(normalise(words))
	return danger
}

func findDanger(text string) (Category, bool) {
	for _, d := range dangers {
		for _, w := range d.words {
			if mentions(text, w) {
				return d.category, true
			}
		}
	}
	return "", false
}

// score adds up the lengths of the hints found: 洗衣机 says more than 水.
func (c Info) score(text string) (sum int) {
	for _, w := range c.words {
		if mentions(text, w) {
			sum += weight(w)
		}
	}
	return sum
}

// weight lets a Chinese character count as much as three letters.
func weight(word string) int {
	if word[0] < utf8.RuneSelf {
		return len(word)
	}
	return 3 * utf8.RuneCountInString(word)
}

// mentions looks for a Chinese word anywhere, and for an English one between boundaries: "ant" is not in "plant".
func mentions(text, word string) bool {
	if word[0] >= utf8.RuneSelf {
		return strings.Contains(text, word)
	}
	for rest := text; ; {
		i := strings.Index(rest, word)
		if i < 0 {
			return false
		}
		before, _ := utf8.DecodeLastRuneInString(rest[:i])
		after := strings.TrimPrefix(rest[i+len(word):], "s")
		next, _ := utf8.DecodeRuneInString(after)
		if !asciiLetter(before) && !asciiLetter(next) {
			return true
		}
		rest = rest[i+1:]
	}
}

// normalise writes in small letters and single blanks, and takes the harmless phrases out.
func normalise(words string) string {
	return harmless.Replace(strings.Join(strings.Fields(strings.ToLower(words)), " "))
}

func asciiLetter(r rune) bool { return r < utf8.RuneSelf && unicode.IsLetter(r) }
