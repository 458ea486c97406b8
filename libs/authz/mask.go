package authz

import (
	"strings"
	"sync"
	"unicode/utf8"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	opv1 "github.com/linlihub/linli/proto/gen/linli/op/v1"
)

// MaskText hides one value: 张三丰 → 张**, 13812341234 → 138****1234, an ID number but for three and two characters, a
// secret wholly. An empty value stays empty.
func MaskText(kind opv1.Personal, s string) string {
	switch kind {
	case opv1.Personal_PERSONAL_NAME:
		return keep(s, 1, 0)
	case opv1.Personal_PERSONAL_PHONE:
		return keep(s, 3, 4)
	case opv1.Personal_PERSONAL_ID_NUMBER:
		return keep(s, 3, 2)
	case opv1.Personal_PERSONAL_SECRET:
		return keep(s, 0, 0)
	default:
		return s
	}
}

// keep stars all but the first and last characters; a value too short to keep them is starred whole.
func keep(s string, first, last int) string {
	n := utf8.RuneCountInString(s)
	runes := []rune(s)
	if n <= first+last {
		return strings.Repeat("*", n)
	}
	return string(runes[:first]) + strings.Repeat("*", n-first-last) + string(runes[n-last:])
}

// Mask hides, in place, every field that its proto declares personal, however deep it lies (PIPL 个人信息保护法 51).
func Mask(m proto.Message) { maskMessage(m.ProtoReflect()) }

func maskMessage(m protoreflect.Message) {
	if !holdsPersonal(m.Descriptor()) {
		return
	}
	m.Range(func(fd protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		if kind := Personal(fd); kind != opv1.Personal_PERSONAL_UNSPECIFIED && fd.Kind() == protoreflect.StringKind && !fd.IsList() {
			m.Set(fd, protoreflect.ValueOfString(MaskText(kind, v.String())))
			return true
		}
		maskBelow(fd, v)
		return true
	})
}

func maskBelow(fd protoreflect.FieldDescriptor, v protoreflect.Value) {
	switch {
	case fd.IsMap():
		if fd.MapValue().Message() != nil {
			v.Map().Range(func(_ protoreflect.MapKey, v protoreflect.Value) bool {
				maskMessage(v.Message())
				return true
			})
		}
	case fd.Message() == nil:
	case fd.IsList():
		for i := range v.List().Len() {
			maskMessage(v.List().Get(i).Message())
		}
	default:
		maskMessage(v.Message())
	}
}

// Personal answers which kind of personal data a field declares to hold.
func Personal(fd protoreflect.FieldDescriptor) opv1.Personal {
	kind, _ := proto.GetExtension(fd.Options(), opv1.E_Personal).(opv1.Personal)
	return kind
}

var personal sync.Map // protoreflect.FullName → bool

// holdsPersonal says whether a message can hold personal data at any depth; most do not and cost nothing to mask.
func holdsPersonal(md protoreflect.MessageDescriptor) bool {
	if known, ok := personal.Load(md.FullName()); ok {
		return known.(bool)
	}
	holds := search(md, map[protoreflect.FullName]bool{})
	personal.Store(md.FullName(), holds)
	return holds
}

func search(md protoreflect.MessageDescriptor, seen map[protoreflect.FullName]bool) bool {
	if seen[md.FullName()] {
		return false
	}
	seen[md.FullName()] = true
	for i := range md.Fields().Len() {
		fd := md.Fields().Get(i)
		if Personal(fd) != opv1.Personal_PERSONAL_UNSPECIFIED {
			return true
		}
		if fd.Message() != nil && search(fd.Message(), seen) {
			return true
		}
	}
	return false
}
