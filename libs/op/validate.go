package op

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"buf.build/go/protovalidate"
	"github.com/go-kit/kit/endpoint"
	"google.golang.org/protobuf/proto"

	"github.com/linlihub/linli/libs/fault"
)

// validated holds a request against the rules of its proto and names every field that breaks one.
func validated() endpoint.Middleware {
	return func(next endpoint.Endpoint) endpoint.Endpoint {
		return func(ctx context.Context, req any) (any, error) {
			if m, ok := req.(proto.Message); ok {
				if err := Validate(m); err != nil {
					return nil, err
				}
			}
			return next(ctx, req)
		}
	}
}

// Validate answers fault.Invalid with one violation per broken rule.
func Validate(m proto.Message) error {
	err := protovalidate.Validate(m)
	var broken *protovalidate.ValidationError
	switch {
	case err == nil:
		return nil
	case !errors.As(err, &broken):
		return fmt.Errorf("validate %s: %w", m.ProtoReflect().Descriptor().FullName(), err)
	}
	invalid := fault.Invalid.Wrap(nil)
	for _, v := range broken.Violations {
		field := protovalidate.FieldPathString(v.Proto.GetField())
		invalid = invalid.Field(field, chinese(v), v.Proto.GetMessage())
	}
	return invalid
}

// rulesInChinese are the rules that our protos use; the limit stands in the English text and in the OpenAPI document.
var rulesInChinese = []struct{ rule, zh string }{
	{"required", "必填"},
	{"min_len", "不能为空或过短"},
	{"max_len", "内容过长"},
	{"pattern", "格式不正确"},
	{".in", "不在可选范围内"},
	{"not_in", "请选择一项"},
	{"defined_only", "不在可选范围内"},
	{"max_items", "数量过多"},
	{".gt", "超出允许范围"},
	{".lt", "超出允许范围"},
}

func chinese(v *protovalidate.Violation) string {
	limit := ""
	if v.RuleValue.IsValid() {
		limit = v.RuleValue.String()
	}
	for _, r := range rulesInChinese {
		if !strings.Contains(v.Proto.GetRuleId(), r.rule) {
			continue
		}
		if strings.HasPrefix(r.rule, "max") && limit != "" {
			return fmt.Sprintf("%s（最多 %s）", r.zh, limit)
		}
		return r.zh
	}
	return "不符合要求"
}
