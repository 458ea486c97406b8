package harness

import (
	"encoding/json"
	"fmt"
	"os/exec"
	"strings"
	"testing"
)

// Broker is a Kafka, and the company whose topics are meant.
type Broker struct {
	Address, Company string

	t testing.TB
}

// Broker is that of the platform.
func (p *Platform) Broker() *Broker {
	p.t.Helper()
	return brokerOf(p.t, p.running)
}

// RealKafka is the broker of the real servers, for a company that has nothing there yet.
func RealKafka(t testing.TB) *Broker {
	t.Helper()
	return brokerOf(t, newSplit(t, nil))
}

func brokerOf(t testing.TB, d deployment) *Broker {
	t.Helper()
	cfg := d.broker(t)
	return &Broker{cfg.Brokers[0], cfg.Company, t}
}

// Letter is a dead letter as `linli dlq` tells of it.
type Letter struct {
	Name, Group, Topic, Class, Error, ID string

	Attempts int
	Redriven bool
}

// Letters are all dead letters of the company.
func (b *Broker) Letters() (letters []Letter) {
	b.t.Helper()
	b.tell(&letters, "list")
	return letters
}

// Letter is the one of that name.
func (b *Broker) Letter(name string) (letter Letter) {
	b.t.Helper()
	b.tell(&letter, "show", name)
	return letter
}

// Redrive sends all letters again that were not yet, and answers them as they were before.
func (b *Broker) Redrive() (letters []Letter) {
	b.t.Helper()
	b.tell(&letters, "redrive", "--all", "--rate", "500")
	return letters
}

// tell runs `linli dlq` as an operator does.
func (b *Broker) tell(into any, command ...string) {
	b.t.Helper()
	args := append([]string{"dlq"}, command...)
	linli := exec.Command(script("../bin/linli"), append(args, "--output", "json", "--company", b.Company, "--brokers", b.Address)...)
	var complaints strings.Builder
	linli.Stderr = &complaints
	out, err := linli.Output()
	if err != nil {
		b.t.Fatalf("linli %v: %v: %s", args, err, complaints.String())
	}
	if err := json.Unmarshal(out, into); err != nil {
		b.t.Fatal(fmt.Errorf("linli %v: %w: %.200q", args, err, out))
	}
}
