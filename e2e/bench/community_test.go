package bench

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/linlihub/linli/libs/client"
	"github.com/linlihub/linli/libs/fault"
	commonv1 "github.com/linlihub/linli/proto/gen/linli/common/v1"
	hrv1 "github.com/linlihub/linli/proto/gen/linli/hr/v1"
	identityv1 "github.com/linlihub/linli/proto/gen/linli/identity/v1"
	residentsv1 "github.com/linlihub/linli/proto/gen/linli/residents/v1"
	"golang.org/x/sync/errgroup"
)

// The community of a large company: in each district two buildings of homes with one resident each, and technicians with so
// much room that every ticket of a run finds one.
const (
	districts   = 20
	homes       = 90
	technicians = 10
	password    = "a good password"
)

// lavish are the flags of a server under load: the callers are few machines here that stand for many people.
var lavish = []string{
	"--identity.otp-sink", "log", "--identity.otp-resend", "0s", "--dispatch.capacity", "100", "--dispatch.offer-life", "1h",
	"--gateway.rate", "100000", "--gateway.burst", "100000", "--gateway.anonymous-rate", "100000", "--gateway.anonymous-burst", "100000",
}

// categories that a home may have at the same time; two of each, hence twelve tickets, of which ten a day are allowed.
var categories = []string{"plumbing", "hvac", "appliance", "masonry", "doors_windows", "greening"}

var skills = []string{"plumbing", "hvac", "appliance", "masonry", "carpentry", "greening", "general"}

// resident is a signed-in person with a home.
type resident struct{ home, phone, token string }

// community is who lives and works there, signed in.
type community struct {
	residents []resident
	manager   string   // token
	staff     []string // tokens
}

func (s *server) client(b *testing.B) *client.Client {
	b.Helper()
	c, err := client.New(s.url, client.Patience(30*time.Second))
	if err != nil {
		b.Fatal(err)
	}
	return c
}

// settle imports the community, signs everybody in and starts every technician's duty.
func (s *server) settle(b *testing.B) *community {
	b.Helper()
	admin := s.client(b).As(client.Password("admin", s.admin))
	c := &community{}
	var parallel errgroup.Group
	parallel.SetLimit(4)
	for d := range districts {
		for n := range homes {
			c.residents = append(c.residents, resident{home: fmt.Sprintf("h%d-%d", d, n), phone: fmt.Sprintf("1990000%04d", d*homes+n)})
		}
		places := district(d, c.residents[d*homes:])
		parallel.Go(func() error {
			_, err := residentsv1.NewRegistryClient(admin).Import(b.Context(), places)
			return err
		})
		parallel.Go(func() error {
			_, err := hrv1.NewStaffClient(admin).Import(b.Context(), workers(d))
			return err
		})
	}
	if err := parallel.Wait(); err != nil {
		b.Fatal("import:", err)
	}
	s.signIn(b, c)
	return c
}

func district(d int, residents []resident) *residentsv1.ImportRequest {
	center := &commonv1.Point{Lat: 30.2 + float64(d)/50, Lon: 120.2}
	req := &residentsv1.ImportRequest{
		Districts:   []*residentsv1.District{{Id: fmt.Sprint("d", d), Name: fmt.Sprint(d, "片区"), Center: center}},
		Communities: []*residentsv1.Community{{Id: fmt.Sprint("c", d), DistrictId: fmt.Sprint("d", d), Name: "春晓苑", Center: center}},
	}
	for n := range 2 {
		req.Buildings = append(req.Buildings, &residentsv1.Building{
			Id: fmt.Sprintf("b%d-%d", d, n), CommunityId: fmt.Sprint("c", d), Name: fmt.Sprint(n+1, "栋"), Point: center, Floors: 15,
		})
	}
	for n, r := range residents {
		person := "p" + r.home[1:]
		req.Homes = append(req.Homes, &residentsv1.Home{
			Id: r.home, BuildingId: fmt.Sprintf("b%d-%d", d, n%2), Entrance: "1单元", Number: fmt.Sprintf("%04d", n), AreaCm2: 900_000,
		})
		req.People = append(req.People, &residentsv1.Person{Id: person, Name: "张三丰", Phone: r.phone})
		req.Occupants = append(req.Occupants, &residentsv1.Occupant{HomeId: r.home, PersonId: person, Role: residentsv1.HomeRole_HOME_ROLE_OWNER})
	}
	return req
}

func technician(d, n int) string { return fmt.Sprintf("t%d-%d", d, n) }

func workers(d int) *hrv1.ImportRequest {
	req := &hrv1.ImportRequest{}
	add := func(id, role, phone string, districts ...string) {
		req.Staff = append(req.Staff, &hrv1.NewEmployee{Username: id, Password: password, Employee: &hrv1.Employee{
			Id: id, Name: "王师傅", FullName: "王小明", Phone: phone, Roles: []string{role}, DistrictIds: districts,
			Skills: skills, DailyCap: 100, Base: &commonv1.Point{Lat: 30.2 + float64(d)/50, Lon: 120.2},
		}})
	}
	for n := range technicians {
		add(technician(d, n), "technician", fmt.Sprintf("1990001%04d", d*technicians+n), fmt.Sprint("d", d))
	}
	if d == 0 {
		all := make([]string, districts)
		for i := range all {
			all[i] = fmt.Sprint("d", i)
		}
		add("m1", "manager", "19900019999", all...)
	}
	return req
}

func (s *server) signIn(b *testing.B, c *community) {
	b.Helper()
	c.staff = make([]string, districts*technicians)
	var parallel errgroup.Group
	parallel.SetLimit(4)
	parallel.Go(func() (err error) {
		c.manager, err = s.session(b.Context(), b, "m1")
		return err
	})
	for i := range c.staff {
		parallel.Go(func() (err error) {
			id := technician(i/technicians, i%technicians)
			if c.staff[i], err = s.session(b.Context(), b, id); err != nil {
				return err
			}
			_, err = hrv1.NewDutyClient(s.client(b).As(client.Password(id, password))).Start(b.Context(), &hrv1.StartDutyRequest{})
			return err
		})
	}
	for i := range c.residents {
		parallel.Go(func() (err error) {
			r := &c.residents[i]
			r.token, err = s.codeSession(b.Context(), b, r.phone)
			return err
		})
	}
	if err := parallel.Wait(); err != nil {
		b.Fatal("sign in:", err)
	}
}

// session signs an employee in; the account follows the import by an event, so it is tried for a while.
func (s *server) session(ctx context.Context, b *testing.B, username string) (token string, err error) {
	sessions := identityv1.NewSessionsClient(s.client(b))
	for try := range 8 {
		session, err := sessions.Create(ctx, &identityv1.CreateSessionRequest{Username: username, Password: password})
		if err == nil || !errors.Is(err, fault.Unauthenticated) && fault.KindOf(err) != fault.Unauthenticated {
			return session.GetAccessToken(), err
		}
		if !until(ctx, time.Now().Add(100*time.Millisecond<<try)) {
			return "", ctx.Err()
		}
	}
	return "", fmt.Errorf("%s has no account", username)
}

// codeSession signs a resident in with the code that the server leaves in its folder.
func (s *server) codeSession(ctx context.Context, b *testing.B, phone string) (token string, err error) {
	sessions := identityv1.NewSessionsClient(s.client(b))
	path := filepath.Join(s.dir, "otp.log")
	for try := range 8 {
		var before int64
		if info, err := os.Stat(path); err == nil {
			before = info.Size()
		}
		if _, err := sessions.RequestOtp(ctx, &identityv1.RequestOtpRequest{Phone: phone}); err != nil {
			return "", err
		}
		session, err := sessions.Create(ctx, &identityv1.CreateSessionRequest{Phone: phone, Code: codeOf(path, phone, before)})
		if err == nil {
			return session.GetAccessToken(), nil
		}
		if !until(ctx, time.Now().Add(100*time.Millisecond<<try)) {
			return "", ctx.Err()
		}
	}
	return "", fmt.Errorf("%s has no account", phone)
}

// codeOf is the last code for a phone after a place in the file.
func codeOf(path, phone string, after int64) (code string) {
	file, err := os.Open(path)
	if err != nil {
		return "000000"
	}
	defer file.Close()
	if _, err := file.Seek(after, 0); err != nil {
		return "000000"
	}
	for lines := bufio.NewScanner(file); lines.Scan(); {
		rest, isCode := strings.CutPrefix(lines.Text(), "code=")
		if isCode && strings.HasSuffix(rest, phone[:3]+"****"+phone[7:]) {
			code, _, _ = strings.Cut(rest, " ")
		}
	}
	return code
}

// transport is for callers who stand for many people.
var transport = &http.Transport{MaxIdleConnsPerHost: 1000, MaxIdleConns: 0}
