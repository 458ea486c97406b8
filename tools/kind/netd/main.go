// Command netd is the network of a cluster for tests, on each node: the configuration of its pods' network, routes to the
// pods of other nodes, masquerading of what leaves the cluster, and NetworkPolicies (policy.go); the last two by nft, and
// IPv4 only. It stands in for kindnetd, whose image cannot be had without a registry.
package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/vishvananda/netlink"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	corelisters "k8s.io/client-go/listers/core/v1"
	networkinglisters "k8s.io/client-go/listers/networking/v1"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"
)

func main() {
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "netd:", err)
		os.Exit(1)
	}
}

// network is what the node knows of the cluster, and what it made of it.
type network struct {
	node, subnet string

	nodes    corelisters.NodeLister
	pods     corelisters.PodLister
	spaces   corelisters.NamespaceLister
	policies networkinglisters.NetworkPolicyLister
	changed  chan struct{}

	own     string // the pods' addresses on this node
	applied string // the rules
}

// run applies what changes until something fails; Kubernetes then starts it again.
func run(ctx context.Context) error {
	client, err := connect()
	if err != nil {
		return err
	}
	n := &network{node: os.Getenv("NODE_NAME"), subnet: os.Getenv("POD_SUBNET"), changed: make(chan struct{}, 1)}
	if err := n.watch(ctx, client); err != nil {
		return err
	}
	for range n.changed {
		<-time.After(50 * time.Millisecond) // several events, one change
		if err := n.apply(); err != nil {
			return err
		}
	}
	return nil
}

// connect asks the control plane itself: before kube-proxy works, the address of its service leads out of the cluster.
func connect() (kubernetes.Interface, error) {
	config, err := rest.InClusterConfig()
	if err != nil {
		return nil, err
	}
	if endpoint := os.Getenv("CONTROL_PLANE_ENDPOINT"); endpoint != "" {
		config.Host = "https://" + endpoint
	}
	return kubernetes.NewForConfig(config)
}

func (n *network) watch(ctx context.Context, client kubernetes.Interface) error {
	mark := func(any) {
		select {
		case n.changed <- struct{}{}:
		default: // one is enough
		}
	}
	handler := cache.ResourceEventHandlerFuncs{AddFunc: mark, UpdateFunc: func(_, o any) { mark(o) }, DeleteFunc: mark}
	all := informers.NewSharedInformerFactory(client, 10*time.Minute)
	core, policies := all.Core().V1(), all.Networking().V1().NetworkPolicies()
	n.nodes, n.pods, n.spaces, n.policies = core.Nodes().Lister(), core.Pods().Lister(), core.Namespaces().Lister(), policies.Lister()
	for _, informer := range []cache.SharedIndexInformer{
		core.Nodes().Informer(), core.Pods().Informer(), core.Namespaces().Informer(), policies.Informer(),
	} {
		if _, err := informer.AddEventHandler(handler); err != nil {
			return err
		}
	}
	all.Start(ctx.Done())
	all.WaitForCacheSync(ctx.Done())
	return nil
}

// apply brings routes and rules up to date.
func (n *network) apply() error {
	nodes, err := n.nodes.List(labels.Everything())
	if err != nil {
		return err
	}
	for _, node := range nodes {
		switch {
		case node.Spec.PodCIDR == "":
		case node.Name != n.node:
			err = errors.Join(err, route(node))
		case n.own == "":
			n.own = node.Spec.PodCIDR
			err = errors.Join(err, configure(n.own))
		}
	}
	if err != nil || n.own == "" {
		return err
	}
	rules, err := n.rules()
	if err != nil || rules == n.applied {
		return err
	}
	if err := nft(rules); err != nil {
		return err
	}
	n.applied = rules
	return nil
}

// configuration gives pods addresses of the node, and a pair of devices each.
const configuration = `{"cniVersion":"1.0.0","name":"linli","plugins":[
 {"type":"ptp","ipMasq":false,"ipam":{"type":"host-local","dataDir":"/run/cni-ipam-state","routes":[{"dst":"0.0.0.0/0"}],"ranges":[[{"subnet":%q}]]}},
 {"type":"portmap","capabilities":{"portMappings":true}}]}
`

// configure writes the configuration, whole or not at all.
func configure(own string) error {
	const draft = "/etc/cni/net.d/.linli"
	if err := os.WriteFile(draft, fmt.Appendf(nil, configuration, own), 0o644); err != nil {
		return err
	}
	return os.Rename(draft, "/etc/cni/net.d/10-linli.conflist")
}

// route sends what is for the pods of a node to that node.
func route(node *corev1.Node) error {
	_, pods, err := net.ParseCIDR(node.Spec.PodCIDR)
	if err != nil {
		return err
	}
	for _, a := range node.Status.Addresses {
		if ip := net.ParseIP(a.Address); a.Type == corev1.NodeInternalIP && ip.To4() != nil {
			return netlink.RouteReplace(&netlink.Route{Dst: pods, Gw: ip})
		}
	}
	return nil
}

const masquerade = `table ip linli_nat {}
delete table ip linli_nat
table ip linli_nat {
 chain post {
  type nat hook postrouting priority 90; policy accept;
  ip saddr %s ip daddr != %s masquerade
 }
}
`

func (n *network) rules() (string, error) {
	s, err := state{node: n.node}, error(nil)
	if s.pods, err = n.pods.List(labels.Everything()); err != nil {
		return "", err
	}
	if s.namespaces, err = n.spaces.List(labels.Everything()); err != nil {
		return "", err
	}
	if s.policies, err = n.policies.List(labels.Everything()); err != nil {
		return "", err
	}
	return fmt.Sprintf(masquerade, n.own, n.subnet) + s.rules(), nil
}

func nft(rules string) error {
	command := exec.Command("nft", "-f", "-")
	command.Stdin = strings.NewReader(rules)
	if out, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("nft: %w: %s\n%s", err, out, rules)
	}
	return nil
}
