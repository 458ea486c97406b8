package telemetry

// Redact masks Chinese mobile numbers (138****5678) and citizen ID numbers (110***************) in a text, also when they
// are written in groups (138-1234-5678). It is a guard behind the rule that personal data is not logged at all: one pass,
// no allocation when there is nothing to mask, same length, idempotent. It would rather mask a number that is none,
// except inside long hexadecimal ids.
func Redact(text string) string {
	var masked []byte
	for i := 0; i < len(text); {
		if !isDigit(text[i]) {
			i++
			continue
		}
		run := afterDigits(text, i)
		found, ok := personal(text, i, run-i)
		if !ok || inHexID(text, i) {
			i = run
			continue
		}
		if masked == nil {
			masked = []byte(text)
		}
		for _, secret := range found.secret() {
			masked[secret] = '*'
		}
		i = found.end
	}
	if masked == nil {
		return text
	}
	return string(masked)
}

// forms are the ways to write the two numbers: the lengths of their groups of digits.
var forms = [...][]int{{11}, {13}, {15}, {3, 4, 4}, {18}, {6, 8, 4}}

const citizenDigits = 18

// number is a candidate: its digits and where they stand in the text.
type number struct {
	digits [citizenDigits]byte
	at     [citizenDigits]int
	n, end int
}

// personal reads the personal number that begins with the run of digits at i, if one does.
func personal(text string, i, run int) (number, bool) {
	for _, form := range forms {
		if run != form[0] && !(run == citizenDigits-1 && form[0] == citizenDigits) { // 17 and an X
			continue
		}
		if found, ok := read(text, i, form); ok && (found.mobile() || found.citizen()) {
			return found, true
		}
	}
	return number{}, false
}

// read takes groups of digits parted by one space or dash. The last of 18 may be an X.
func read(text string, i int, form []int) (found number, ok bool) {
	for group, size := range form {
		if group > 0 {
			if i == len(text) || text[i] != ' ' && text[i] != '-' {
				return found, false
			}
			i++
		}
		begin := i
		for i < len(text) && i-begin < size && (isDigit(text[i]) || found.n == citizenDigits-1 && isX(text[i])) {
			found.digits[found.n], found.at[found.n] = text[i], i
			found.n++
			i++
		}
		if i-begin != size || i < len(text) && isDigit(text[i]) {
			return found, false
		}
	}
	found.end = i
	return found, true
}

// mobile: 1[3-9] and nine more, perhaps after 86 or 0086.
func (f number) mobile() bool {
	d := f.digits[:f.n]
	switch prefix := string(d[:max(0, f.n-11)]); prefix {
	case "", "86", "0086":
		d = d[len(prefix):]
		return len(d) == 11 && d[0] == '1' && d[1] >= '3'
	}
	return false
}

// citizen: six digits of a place, a date of birth, four more. The check digit is not looked at: a mistyped number is
// personal, too.
func (f number) citizen() bool {
	if f.n != citizenDigits {
		return false
	}
	century, month, day := f.pair(6), f.pair(10), f.pair(12)
	return (century == 19 || century == 20) && 1 <= month && month <= 12 && 1 <= day && day <= 31
}

func (f number) pair(i int) int { return int(f.digits[i]-'0')*10 + int(f.digits[i+1]-'0') }

// secret is where the stars go.
func (f number) secret() []int {
	if f.n == citizenDigits {
		return f.at[3:]
	}
	return f.at[f.n-8 : f.n-4]
}

const (
	hexReach = 64 // how far to look around: a trace id, a UUID or a SHA-256 is not longer
	hexID    = 32 // from how many characters on it is an id
	spanID   = 16 // so many, without a dash, are an id too
)

// inHexID reports whether position i lies in a token of hexadecimal digits that is an id: it has at least one letter, and is
// long, perhaps with dashes, or just as long as a span's.
func inHexID(text string, i int) bool {
	first, last := i, i
	letters, dashes := false, false
	for first > 0 && i-first < hexReach && isHex(text[first-1]) {
		first--
		letters, dashes = letters || isLetter(text[first]), dashes || text[first] == '-'
	}
	for last < len(text) && last-i < hexReach && isHex(text[last]) {
		letters, dashes = letters || isLetter(text[last]), dashes || text[last] == '-'
		last++
	}
	return letters && (last-first >= hexID || last-first == spanID && !dashes)
}

func afterDigits(text string, i int) int {
	for i < len(text) && isDigit(text[i]) {
		i++
	}
	return i
}

func isDigit(c byte) bool  { return '0' <= c && c <= '9' }
func isX(c byte) bool      { return c == 'X' || c == 'x' }
func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'f' }
func isHex(c byte) bool    { return isDigit(c) || isLetter(c) || c == '-' }
