package gateway

import (
	"net"
	"net/http"
	"time"
)

// writeCap is how long one write may take before the client counts as gone.
const writeCap = 10 * time.Second

// line is the way to one reader.
type line interface {
	// write sends a text at once; it fails when the reader has gone or takes nothing for writeCap.
	write(text string) error
	close()
}

// answer begins the answer of a stream. A stream mostly waits, and ten thousand of them must fit into a process: over
// HTTP/1 its connection leaves the HTTP server, whose buffers, stacks and request would be held until the end. HTTP/2
// shares a connection among requests and keeps it.
func answer(w http.ResponseWriter, r *http.Request) (line, error) {
	describe(w.Header())
	if r.ProtoMajor != 1 {
		w.WriteHeader(http.StatusOK)
		return servedLine{w: w, out: http.NewResponseController(w)}, nil
	}
	// The body has neither length nor chunks, it ends with the connection (RFC 9112, 6.3). This is how the server is told;
	// it sends "Connection: close" instead.
	w.Header().Set("Transfer-Encoding", "identity")
	w.WriteHeader(http.StatusOK)
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return nil, err
	}
	return &bareLine{conn}, nil
}

// describe says what a stream is; no proxy may keep it or hold it back.
func describe(h http.Header) {
	h.Set("Content-Type", "text/event-stream; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no")
}

// bareLine is a connection of its own.
type bareLine struct{ conn net.Conn }

func (l *bareLine) write(text string) error {
	if err := l.conn.SetWriteDeadline(time.Now().Add(writeCap)); err != nil {
		return err
	}
	_, err := l.conn.Write([]byte(text))
	return err
}

func (l *bareLine) close() { _ = l.conn.Close() }

// listen calls left once the client has hung up. What it says meanwhile is no part of a stream, and nothing follows from it.
func (l *bareLine) listen(left func()) {
	defer left()
	said := make([]byte, 64)
	for {
		if _, err := l.conn.Read(said); err != nil {
			return
		}
	}
}

// servedLine is the answer of a server that keeps the connection.
type servedLine struct {
	w   http.ResponseWriter
	out *http.ResponseController
}

func (l servedLine) write(text string) error {
	if err := l.out.SetWriteDeadline(time.Now().Add(writeCap)); err != nil {
		return err
	}
	if _, err := l.w.Write([]byte(text)); err != nil {
		return err
	}
	return l.out.Flush()
}

func (servedLine) close() {}
