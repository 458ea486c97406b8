package demo

import residentsv1 "github.com/linlihub/linli/proto/gen/linli/residents/v1"

// Batches spread the register over imports that fit through the gateway: first the places, then the homes of one
// community each, with the people who first appear there. In this order every parent comes before its children.
func (r *Register) Batches() []*residentsv1.ImportRequest {
	batches := []*residentsv1.ImportRequest{{Districts: r.Districts, Communities: r.Communities, Buildings: r.Buildings}}
	batchOf := map[string]*residentsv1.ImportRequest{} // by community, then building, then home
	for _, c := range r.Communities {
		batch := &residentsv1.ImportRequest{}
		batches, batchOf[c.GetId()] = append(batches, batch), batch
	}
	for _, b := range r.Buildings {
		batchOf[b.GetId()] = batchOf[b.GetCommunityId()]
	}
	for _, h := range r.Homes {
		batch := batchOf[h.GetBuildingId()]
		batch.Homes, batchOf[h.GetId()] = append(batch.Homes, h), batch
	}
	r.addPeople(batchOf)
	return batches
}

func (r *Register) addPeople(batchOf map[string]*residentsv1.ImportRequest) {
	people := map[string]*residentsv1.Person{}
	for _, p := range r.People {
		people[p.GetId()] = p
	}
	for _, o := range r.Occupants { // in the order of homes, hence of batches
		batch := batchOf[o.GetHomeId()]
		batch.Occupants = append(batch.Occupants, o)
		if p := people[o.GetPersonId()]; p != nil {
			batch.People = append(batch.People, p)
			delete(people, p.GetId())
		}
	}
}
