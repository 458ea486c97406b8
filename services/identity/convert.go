package identity

import (
	"github.com/linlihub/linli/libs/authz"
	identityv1 "github.com/linlihub/linli/proto/gen/linli/identity/v1"
)

func toProtoMe(p authz.Principal) *identityv1.Me {
	me := &identityv1.Me{
		AccountId: p.Account, PersonId: p.Person, StaffId: p.Staff, Name: p.Name,
		DistrictIds: p.Districts, Permissions: authz.Permissions(p.Roles...),
	}
	for _, r := range p.Roles {
		me.Roles = append(me.Roles, string(r))
	}
	return me
}
