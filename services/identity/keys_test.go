package identity

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/linlihub/linli/libs/authz"
	"github.com/linlihub/linli/libs/seal"
	"github.com/linlihub/linli/libs/store"
	"github.com/linlihub/linli/libs/store/storetest"
	"github.com/linlihub/linli/services/identity/account"
	rows "github.com/linlihub/linli/services/identity/store"
)

const testLife = 30 * 24 * time.Hour

// replicas runs fn on each engine, with a function that starts one more replica of identity.
func replicas(t *testing.T, fn func(t *testing.T, start func(policy keyPolicy, now time.Time) *keyring)) {
	t.Helper()
	storetest.EachMigrated(t, func(t *testing.T, db *store.DB) {
		box, err := seal.New(seal.NewKey())
		must(t, err)
		fn(t, func(policy keyPolicy, now time.Time) *keyring {
			ring, err := openKeyring(t.Context(), db, box, policy, now)
			if err != nil {
				t.Error(err)
			}
			return ring
		})
	}, "identity", migrations)
}

// published is the key set that a replica shows.
func published(t *testing.T, ring *keyring) *jose.JSONWebKeySet {
	t.Helper()
	answer, err := ring.List(t.Context(), nil)
	must(t, err)
	set := &jose.JSONWebKeySet{}
	must(t, json.Unmarshal([]byte(answer.GetJwks()), set))
	for _, k := range set.Keys {
		if !k.IsPublic() {
			t.Fatal("a private key is published")
		}
	}
	return set
}

func shows(t *testing.T, ring *keyring, id string) bool {
	t.Helper()
	return len(published(t, ring).Key(id)) == 1
}

// together runs fn for each ring at once.
func together(rings []*keyring, fn func(i int)) {
	var wg sync.WaitGroup
	for i := range rings {
		wg.Go(func() { fn(i) })
	}
	wg.Wait()
}

func TestReplicasMakeAndReplaceKeysTogether(t *testing.T) {
	replicas(t, func(t *testing.T, begin func(keyPolicy, time.Time) *keyring) {
		rings := make([]*keyring, 6)
		agree := func(want int) {
			t.Helper()
			for _, ring := range rings {
				if ring == nil || len(ring.keys) != want || ring.public != rings[0].public {
					t.Fatalf("a replica shows %s, another %s; want %d keys", ring.public, rings[0].public, want)
				}
			}
		}
		together(rings, func(i int) { rings[i] = begin(keyPolicy{life: testLife}, start) })
		agree(1)
		together(rings, func(i int) {
			if err := rings[i].renew(t.Context(), start.Add(testLife)); err != nil {
				t.Error(err)
			}
		})
		agree(2)
	})
}

// A key is replaced while the service runs: a new one is published before it signs, also by a replica that did not make it,
// and a former one is published until its last token has lapsed.
func TestASigningKeyIsReplacedWithoutARestart(t *testing.T) {
	replicas(t, func(t *testing.T, begin func(keyPolicy, time.Time) *keyring) {
		one, other := begin(keyPolicy{life: testLife}, start), begin(keyPolicy{life: testLife}, start)
		now := start.Add(testLife)
		first := one.signing(now).KeyID
		must(t, one.renew(t.Context(), now))
		if id := one.signing(now.Add(keySettle - time.Microsecond)).KeyID; id != first {
			t.Error("a key signs that not everybody has seen yet")
		}
		must(t, other.renew(t.Context(), now.Add(keyLook)))
		now = now.Add(keySettle)
		second := one.signing(now).KeyID
		if second == first || other.signing(now).KeyID != second {
			t.Errorf("%s and %s sign after %s", second, other.signing(now).KeyID, first)
		}
		if !shows(t, other, second) || !shows(t, other, first) || !shows(t, one, first) {
			t.Error("a key that signs, or signed a moment ago, is not shown")
		}
		must(t, other.renew(t.Context(), now.Add(keyRest+time.Microsecond)))
		if shows(t, other, first) || !shows(t, other, second) {
			t.Error("the former key is shown for ever, or the present one no more")
		}
	})
}

// Keys are replaced every hour, for so long that the first are forgotten, by two replicas that look at their own times.
// Whoever keeps the answer of any of them for five minutes, as verifiers and others who read jwks.json do, never meets a
// good token whose key is unknown.
func TestNobodyMeetsAnUnknownKey(t *testing.T) {
	replicas(t, func(t *testing.T, begin func(keyPolicy, time.Time) *keyring) {
		policy := keyPolicy{life: leastKeyLife}
		rings := []*keyring{begin(policy, start), begin(policy, start)}
		chance := rand.New(rand.NewPCG(7, 11))
		var good []string // the keys of the tokens of the last minutes, one each minute
		used := map[string]bool{}
		kept := published(t, rings[0])
		for minute := range 28 * 60 {
			now := start.Add(time.Duration(minute) * time.Minute)
			for i, ring := range rings {
				if minute%5 == i*3 {
					must(t, ring.renew(t.Context(), now))
				}
			}
			if minute%5 == 1 {
				kept = published(t, rings[chance.IntN(2)])
			}
			id := rings[chance.IntN(2)].signing(now).KeyID
			used[id] = true
			if good = append(good, id); len(good) > int(account.AccessLife/time.Minute) {
				good = good[1:]
			}
			for _, id := range good {
				if len(kept.Key(id)) == 0 {
					t.Fatalf("%v after the start a good token's key is unknown", now.Sub(start))
				}
			}
		}
		if len(used) < 24 {
			t.Errorf("only %d keys have signed", len(used))
		}
		if n := len(published(t, rings[0]).Keys); n >= len(used) {
			t.Errorf("%d keys are still shown", n)
		}
	})
}

// After a theft no token of the stolen key is good any more, nor can the thief make one.
func TestStolenKeysAreWithdrawn(t *testing.T) {
	replicas(t, func(t *testing.T, begin func(keyPolicy, time.Time) *keyring) {
		running := begin(keyPolicy{life: testLife}, start)
		stolen := running.signing(start)
		theft := start.Add(time.Hour)
		restarted := begin(keyPolicy{life: testLife, since: theft}, theft)
		must(t, running.renew(t.Context(), theft.Add(time.Minute))) // it was not told, and finds out
		for _, ring := range []*keyring{restarted, running} {
			v := authz.NewVerifier("demo", func(context.Context) (*jose.JSONWebKeySet, error) { return published(t, ring), nil })
			for _, c := range []struct {
				key  jose.JSONWebKey
				good bool
			}{{stolen, false}, {ring.signing(theft), true}} {
				token, err := authz.Sign(c.key, "demo", authz.Principal{Account: "a"}, time.Now(), time.Now().Add(time.Minute))
				must(t, err)
				if _, err := v.Verify(t.Context(), token); (err == nil) != c.good {
					t.Errorf("good is %t, answer %v", c.good, err)
				}
			}
		}
		if restarted.signing(theft).KeyID != running.signing(theft).KeyID {
			t.Error("replicas sign with different keys")
		}
	})
}

func TestKeysThatRest(t *testing.T) {
	day := 24 * time.Hour
	made := func(ages ...time.Duration) (keys []rows.Key) {
		for _, age := range ages {
			keys = append(keys, rows.Key{ID: age.String(), Made: start.Add(-age)})
		}
		return keys
	}
	for name, c := range map[string]struct {
		policy keyPolicy
		keys   []rows.Key
		kept   []rows.Key
		due    bool
	}{
		"none yet":                        {keyPolicy{life: testLife}, nil, nil, true},
		"a young one":                     {keyPolicy{life: testLife}, made(day), made(day), false},
		"an old one":                      {keyPolicy{life: testLife}, made(testLife), made(testLife), true},
		"just replaced":                   {keyPolicy{life: testLife}, made(0, testLife), made(0, testLife), false},
		"replaced late, after an absence": {keyPolicy{life: testLife}, made(time.Minute, 3*testLife), made(time.Minute, 3*testLife), false},
		"replaced long ago":               {keyPolicy{life: testLife}, made(2*day, testLife), made(2 * day), false},
		"withdrawn":                       {keyPolicy{testLife, start}, made(time.Minute, testLife), nil, true},
		"made since":                      {keyPolicy{testLife, start.Add(-time.Minute)}, made(time.Minute, time.Hour), made(time.Minute), false},
	} {
		kept, over := c.policy.rest(c.keys, start)
		if !slices.EqualFunc(kept, c.kept, func(a, b rows.Key) bool { return a.ID == b.ID }) || len(kept)+len(over) != len(c.keys) {
			t.Errorf("%s: keeps %v, forgets %v", name, kept, over)
		}
		if due := c.policy.due(kept, start); due != c.due {
			t.Errorf("%s: due %t", name, due)
		}
	}
}

func TestPolicyThatCannotBe(t *testing.T) {
	for _, p := range []keyPolicy{{}, {life: time.Minute}, {testLife, start.Add(time.Second)}} {
		if _, err := openKeyring(t.Context(), nil, nil, p, start); err == nil {
			t.Errorf("%+v is taken", p)
		}
	}
}
