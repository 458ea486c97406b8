package main

import (
	"fmt"
	"slices"
	"sort"
	"strings"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
)

// state is what the rules of a node are made of.
type state struct {
	node       string
	pods       []*corev1.Pod
	namespaces []*corev1.Namespace
	policies   []*networkingv1.NetworkPolicy
}

const policyTable = `table ip linli_policy {}
delete table ip linli_policy
table ip linli_policy {
%s chain forward {
  type filter hook forward priority 0; policy accept;
  ct state established,related accept
%s%s }
}
`

// rules is the whole nft text for this node's pods: forwarded packets only, so that the node itself (probes) reaches
// its pods always, as Kubernetes asks. A connection that was let in stays; a rule that names no port takes all.
func (s *state) rules() string {
	var chains, in, out strings.Builder
	pods := append([]*corev1.Pod(nil), s.pods...)
	sort.Slice(pods, func(i, j int) bool { return pods[i].UID < pods[j].UID })
	for _, p := range pods {
		if p.Spec.NodeName != s.node || !networked(p) {
			continue
		}
		ip := p.Status.PodIP
		name := strings.ReplaceAll(ip, ".", "_")
		if lines, isolated := s.ingress(p); isolated {
			fmt.Fprintf(&chains, " chain in_%s {\n%s  counter drop\n }\n", name, lines)
			fmt.Fprintf(&in, "  ip daddr %s jump in_%s\n", ip, name)
		}
		if lines, isolated := s.egress(p); isolated {
			fmt.Fprintf(&chains, " chain out_%s {\n%s  counter drop\n }\n", name, lines)
			fmt.Fprintf(&out, "  ip saddr %s jump out_%s\n", ip, name)
		}
	}
	return fmt.Sprintf(policyTable, chains.String(), out.String(), in.String())
}

// ingress is what may come to a pod, and whether anything is kept from it; egress is the same of what it sends.
func (s *state) ingress(p *corev1.Pod) (lines string, isolated bool) {
	for _, n := range s.selecting(p, networkingv1.PolicyTypeIngress) {
		isolated = true
		for _, r := range n.Spec.Ingress {
			for _, from := range s.peers(n.Namespace, r.From, "saddr") {
				for _, port := range ports(r.Ports, []*corev1.Pod{p}) {
					lines += strings.TrimRight("  "+from.match+port, " ") + " return\n"
				}
			}
		}
	}
	return lines, isolated
}

func (s *state) egress(p *corev1.Pod) (lines string, isolated bool) {
	for _, n := range s.selecting(p, networkingv1.PolicyTypeEgress) {
		isolated = true
		for _, r := range n.Spec.Egress {
			for _, to := range s.peers(n.Namespace, r.To, "daddr") {
				for _, port := range ports(r.Ports, to.pods) {
					lines += strings.TrimRight("  "+to.match+port, " ") + " return\n"
				}
			}
		}
	}
	return lines, isolated
}

// selecting answers the policies that are about a pod.
func (s *state) selecting(p *corev1.Pod, kind networkingv1.PolicyType) (found []*networkingv1.NetworkPolicy) {
	for _, n := range s.policies {
		if n.Namespace != p.Namespace || !matches(&n.Spec.PodSelector, p.Labels) {
			continue
		}
		for _, t := range n.Spec.PolicyTypes {
			if t == kind {
				found = append(found, n)
			}
		}
	}
	sort.Slice(found, func(i, j int) bool { return found[i].Name < found[j].Name })
	return found
}

// peer is somebody whom a policy names.
type peer struct {
	match string
	pods  []*corev1.Pod // for named ports
}

// peers gives one match per peer; none of a list that is empty means anybody, one that selects no pod matches nobody.
func (s *state) peers(namespace string, list []networkingv1.NetworkPolicyPeer, side string) (found []peer) {
	if len(list) == 0 {
		return []peer{{pods: s.pods}}
	}
	for _, l := range list {
		if b := l.IPBlock; b != nil {
			if !strings.Contains(b.CIDR, ":") {
				found = append(found, block(b, side))
			}
			continue
		}
		var ips []string
		var pods []*corev1.Pod
		for _, p := range s.pods {
			if networked(p) && s.inNamespace(p, namespace, l.NamespaceSelector) && (l.PodSelector == nil || matches(l.PodSelector, p.Labels)) {
				ips, pods = append(ips, p.Status.PodIP), append(pods, p)
			}
		}
		if sort.Strings(ips); len(ips) > 0 {
			found = append(found, peer{match: fmt.Sprintf("ip %s { %s } ", side, strings.Join(ips, ", ")), pods: pods})
		}
	}
	return found
}

func block(b *networkingv1.IPBlock, side string) peer {
	match := fmt.Sprintf("ip %s %s ", side, b.CIDR)
	if len(b.Except) > 0 {
		match += fmt.Sprintf("ip %s != { %s } ", side, strings.Join(b.Except, ", "))
	}
	return peer{match: match}
}

func (s *state) inNamespace(p *corev1.Pod, own string, selector *metav1.LabelSelector) bool {
	if selector == nil {
		return p.Namespace == own
	}
	for _, n := range s.namespaces {
		if n.Name == p.Namespace {
			return matches(selector, n.Labels)
		}
	}
	return false
}

// ports gives one match per port; a named port is looked up in the pods that are talked to.
func ports(list []networkingv1.NetworkPolicyPort, pods []*corev1.Pod) (found []string) {
	if len(list) == 0 {
		return []string{""}
	}
	for _, l := range list {
		proto := "tcp"
		if l.Protocol != nil {
			proto = strings.ToLower(string(*l.Protocol))
		}
		switch {
		case l.Port == nil:
			found = append(found, "meta l4proto "+proto)
		case l.Port.StrVal != "":
			for _, port := range named(l.Port.StrVal, proto, pods) {
				found = append(found, fmt.Sprintf("%s dport %d", proto, port))
			}
		case l.EndPort != nil:
			found = append(found, fmt.Sprintf("%s dport %d-%d", proto, l.Port.IntVal, *l.EndPort))
		default:
			found = append(found, fmt.Sprintf("%s dport %d", proto, l.Port.IntVal))
		}
	}
	return found
}

// named answers the ports that have a name in some pods, each once.
func named(name, proto string, pods []*corev1.Pod) (found []int32) {
	for _, p := range pods {
		for _, c := range p.Spec.Containers {
			for _, port := range c.Ports {
				if port.Name == name && strings.EqualFold(string(port.Protocol), proto) && !slices.Contains(found, port.ContainerPort) {
					found = append(found, port.ContainerPort)
				}
			}
		}
	}
	return found
}

// networked says whether a pod has an address of its own.
func networked(p *corev1.Pod) bool {
	return !p.Spec.HostNetwork && p.Status.PodIP != "" && !strings.Contains(p.Status.PodIP, ":") &&
		p.Status.Phase != corev1.PodSucceeded && p.Status.Phase != corev1.PodFailed
}

func matches(selector *metav1.LabelSelector, set map[string]string) bool {
	s, err := metav1.LabelSelectorAsSelector(selector)
	return err == nil && s.Matches(labels.Set(set))
}
