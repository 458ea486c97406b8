package identity

import (
	"context"

	"github.com/linlihub/linli/libs/id"
	"github.com/linlihub/linli/libs/seal"
	"github.com/linlihub/linli/libs/store"
	identityv1 "github.com/linlihub/linli/proto/gen/linli/identity/v1"
	"github.com/linlihub/linli/services/identity/account"
)

// Accounts answers the rpcs of identity.v1.Accounts.
type Accounts struct {
	identityv1.UnimplementedAccountsServer

	desk *Desk
}

// Deposit keeps the hashes of passwords until StaffAccountRequested claims them.
func (a *Accounts) Deposit(ctx context.Context, req *identityv1.DepositRequest) (*identityv1.DepositResponse, error) {
	answer := &identityv1.DepositResponse{}
	hashes := make([]string, len(req.GetSecrets()))
	for i, secret := range req.GetSecrets() { // slow on purpose, so before the transaction
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		var err error
		if hashes[i], err = seal.HashPassword(secret.GetPassword()); err != nil {
			return nil, err
		}
		answer.References = append(answer.References, id.New())
	}
	expires := a.desk.wall.Now().Add(account.DepositLife)
	return answer, a.desk.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		for i, hash := range hashes {
			if err := a.desk.rows.PutDeposit(ctx, tx, answer.GetReferences()[i], hash, expires); err != nil {
				return err
			}
		}
		return nil
	})
}
