package authz_test

import (
	"context"
	"crypto/ed25519"
	"errors"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"

	"github.com/linlihub/linli/libs/authz"
	"github.com/linlihub/linli/libs/fault"
	opv1 "github.com/linlihub/linli/proto/gen/linli/op/v1"
	residentsv1 "github.com/linlihub/linli/proto/gen/linli/residents/v1"
)

func newKey(t *testing.T, id string) (jose.JSONWebKey, *jose.JSONWebKeySet) {
	t.Helper()
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	return jose.JSONWebKey{Key: private, KeyID: id},
		&jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: public, KeyID: id, Algorithm: string(authz.Signature), Use: "sig"}}}
}

func fixed(set *jose.JSONWebKeySet) authz.KeySource {
	return func(context.Context) (*jose.JSONWebKeySet, error) { return set, nil }
}

func TestATokenBringsItsPrincipalBack(t *testing.T) {
	key, set := newKey(t, "k1")
	want := authz.Principal{Account: "a1", Staff: "s1", Name: "王师傅", Roles: []authz.Role{authz.Technician}, Districts: []string{"d1"}}
	token, err := authz.Sign(key, "demo", want, time.Now(), time.Now().Add(time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	v := authz.NewVerifier("demo", fixed(set))
	for range 2 { // the second comes from memory
		got, err := v.Verify(t.Context(), token)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	}
}

func TestTokensThatAreRefused(t *testing.T) {
	key, set := newKey(t, "k1")
	stranger, _ := newKey(t, "k1")
	now := time.Now()
	sign := func(k jose.JSONWebKey, company string, expires time.Time) string {
		token, err := authz.Sign(k, company, authz.Principal{Account: "a1"}, now.Add(-time.Hour), expires)
		if err != nil {
			t.Fatal(err)
		}
		return token
	}
	good := sign(key, "demo", now.Add(time.Minute))
	for name, c := range map[string]struct {
		token string
		want  error
	}{
		"expired":         {sign(key, "demo", now.Add(-time.Minute)), authz.ErrTokenExpired},
		"another company": {sign(key, "other", now.Add(time.Minute)), authz.ErrTokenInvalid},
		"another key":     {sign(stranger, "demo", now.Add(time.Minute)), authz.ErrTokenInvalid},
		"cut short":       {good[:len(good)-4], authz.ErrTokenInvalid},
		"no signature":    {"eyJhbGciOiJub25lIn0.eyJzdWIiOiJhMSJ9.", authz.ErrTokenInvalid},
		"words":           {"hello", authz.ErrTokenInvalid},
		"empty":           {"", authz.ErrTokenInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := authz.NewVerifier("demo", fixed(set)).Verify(t.Context(), c.token); !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
}

func TestNobodyIsSignedOutBecauseIdentityIsAway(t *testing.T) {
	key, _ := newKey(t, "k1")
	token, err := authz.Sign(key, "demo", authz.Principal{Account: "a1"}, time.Now(), time.Now().Add(time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	away := func(context.Context) (*jose.JSONWebKeySet, error) { return nil, errors.New("connection refused") }
	if _, err := authz.NewVerifier("demo", away).Verify(t.Context(), token); !errors.Is(err, fault.Unavailable) {
		t.Errorf("got %v, want unavailable", err)
	}
}

func FuzzVerify(f *testing.F) {
	f.Add("eyJhbGciOiJFZERTQSJ9.e30.AAAA")
	f.Fuzz(func(t *testing.T, token string) {
		v := authz.NewVerifier("demo", fixed(&jose.JSONWebKeySet{}))
		if _, err := v.Verify(t.Context(), token); err == nil {
			t.Error("a token without any key was accepted")
		}
	})
}

func TestScope(t *testing.T) {
	steward := authz.Principal{Account: "a", Staff: "s1", Roles: []authz.Role{authz.Steward}, Districts: []string{"d1"}}
	director := authz.Principal{Account: "b", Staff: "s2", Roles: []authz.Role{authz.Director}}
	nobody := authz.Principal{}
	if !steward.Reaches("d1") || steward.Reaches("d2") || !director.Reaches("d2") || nobody.Reaches("d1") {
		t.Error("districts are not scoped")
	}
	if nobody.IsPerson("") || nobody.IsStaff("") || nobody.May("tickets:read") || !nobody.Anonymous() {
		t.Error("nobody is somebody")
	}
	if !steward.May("dispatch:assign") || steward.May("hr:import") || director.May("dispatch:assign") {
		t.Error("permissions are not as the table says")
	}
}

func TestMask(t *testing.T) {
	m := &residentsv1.ListOccupantsResponse{Occupants: []*residentsv1.Occupant{
		{HomeId: "h1", Person: &residentsv1.Person{Id: "p1", Name: "张三丰", Phone: "13812341234"}},
	}}
	authz.Mask(m)
	want := &residentsv1.ListOccupantsResponse{Occupants: []*residentsv1.Occupant{
		{HomeId: "h1", Person: &residentsv1.Person{Id: "p1", Name: "张**", Phone: "138****1234"}},
	}}
	if diff := cmp.Diff(want, m, protocmp.Transform()); diff != "" {
		t.Error(diff)
	}
	for _, c := range []struct {
		kind     opv1.Personal
		in, want string
	}{
		{opv1.Personal_PERSONAL_ID_NUMBER, "330102199003078888", "330*************88"},
		{opv1.Personal_PERSONAL_SECRET, "secret", "******"},
		{opv1.Personal_PERSONAL_PHONE, "12345", "*****"},
		{opv1.Personal_PERSONAL_NAME, "", ""},
		{opv1.Personal_PERSONAL_UNSPECIFIED, "free", "free"},
	} {
		if got := authz.MaskText(c.kind, c.in); got != c.want {
			t.Errorf("MaskText(%v, %q) = %q, want %q", c.kind, c.in, got, c.want)
		}
	}
}
