package gateway

import "testing"

// What others say in a status is never taken for ours.
func TestMisfit_OnlyOurOwnWords(t *testing.T) {
	for _, said := range []string{"", "query parameter", `query parameter fewer int32`, `query parameter "fewer`, `parsing field "fewer": x`} {
		if got := misfit(said); got != nil {
			t.Errorf("%q became %v", said, got)
		}
	}
}
