package policy

import (
	"fmt"
	"maps"
	"slices"
)

// Crew is who has to come for a category of work. The zero Crew is one technician.
type Crew struct {
	// Hands is 2 for work for two 双人作业.
	Hands int `json:"hands"`
	// Certified says that the second needs the skill and its certificate too; else anybody on duty will do.
	Certified bool `json:"certified,omitzero"`
}

// Two says that the work is for two.
func (c Crew) Two() bool { return c.Hands == mostHands }

// mostHands that a work may need: a third has no place in a visit.
const mostHands = 2

// seconds are the words for whoever comes along, and whether they need the skill and its certificate.
var seconds = map[string]bool{"": false, "anybody": false, "certified": true}

func (c crewDoc) build() (Crew, error) {
	certified, known := seconds[c.Second]
	crew := Crew{Hands: 1, Certified: certified}
	if c.Hands != nil {
		crew.Hands = *c.Hands
	}
	switch {
	case !known:
		return Crew{}, ErrInvalid.With("reason", fmt.Sprintf("second is %q, not anybody or certified", c.Second))
	case crew.Hands < 1 || crew.Hands > mostHands:
		return Crew{}, ErrInvalid.With("reason", fmt.Sprintf("hands is %d, not 1 or 2", crew.Hands))
	case c.Second != "" && !crew.Two():
		return Crew{}, ErrInvalid.With("reason", "second is given where one is enough")
	}
	return crew, nil
}

func (p policyDoc) crews() (map[string]Crew, error) {
	crews := map[string]Crew{}
	for _, category := range slices.Sorted(maps.Keys(p.Crews)) {
		crew, err := p.Crews[category].build()
		if err != nil {
			return nil, fmt.Errorf("crew of %q: %w", category, err)
		}
		crews[category] = crew
	}
	return crews, nil
}
