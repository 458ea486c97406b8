package demo

// Login is how one may sign in to the demo, for those who want to look around.
type Login struct {
	Role, Name string
	// Username is a phone number for residents, whose one-time code is in otp.log.
	Username string
	// How is what to type, in words.
	How string
}

// Logins answers one login per role of the community of Seed.
func Logins() []Login { return Community(Seed).Logins() }

// Logins answers one login per role.
func (r *Register) Logins() []Login {
	resident := r.Reachable()[r.Homes[0].GetId()][0]
	all := []Login{{
		Role: "resident", Name: resident.GetName(), Username: resident.GetPhone(),
		How: resident.GetPhone() + "  (one-time code 验证码)",
	}}
	seen := map[string]bool{}
	for _, e := range r.Staff {
		if !seen[e.Role()] {
			seen[e.Role()] = true
			all = append(all, Login{e.Role(), e.profile.GetName(), e.Username(), e.Username() + "  " + Password})
		}
	}
	return all
}
