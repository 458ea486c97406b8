package gateway

import (
	"fmt"
	"sync"
	"sync/atomic"

	notifyv1 "github.com/linlihub/linli/proto/gen/linli/notify/v1"
)

// news is a signal on its way to all streams of its feed on this gateway: they share its text, and one span for all, or a
// district that hundreds watch would make hundreds of each step. Safe for concurrent use.
type news struct {
	*notifyv1.Signal
	text func() (string, error)
	told atomic.Bool
}

func newsOf(signal *notifyv1.Signal) *news {
	return &news{Signal: signal, text: sync.OnceValues(func() (string, error) { return render(signal.GetEntry()) })}
}

// first says true once: to the stream that begins the span.
func (n *news) first() bool { return n.told.CompareAndSwap(false, true) }

// render is an entry as it stands on a stream.
func render(e *notifyv1.Entry) (string, error) {
	data, err := marshal.Marshal(e)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("id: %d\nevent: %s\ndata: %s\n\n", e.GetSeq(), e.GetType(), data), nil
}
