// Decides the new connections of pods by their NetworkPolicies; an iptables rule of the node hands them over.
package main

import (
	"context"
	"flag"
	"os/signal"
	"strings"
	"syscall"

	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/klog/v2"
	"sigs.k8s.io/kube-network-policies/pkg/networkpolicy"
)

// Longer than the kernel takes (256). The controller would make rules of its own beside the node's, and make them anew
// with each change of a pod or a policy. Whenever the kernel removes the hook of such rules, it drops all packets that
// wait for a verdict: name look-ups that are under way then take five seconds more. Refused by their table's name, the
// rules have no hook to remove.
var noTable = strings.Repeat("none-", 60)

func main() {
	var config networkpolicy.Config
	flag.IntVar(&config.QueueID, "nfqueue-id", 100, "number of the netfilter queue with the new connections")
	flag.StringVar(&config.NodeName, "hostname-override", "", "name of this node; its host name where it is empty")
	flag.Parse()
	config.NFTableName = noTable

	ctx, cancel := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer cancel()
	if err := run(ctx, config); err != nil {
		klog.ErrorS(err, "The policy agent ends")
		klog.FlushAndExit(klog.ExitFlushTimeout, 1)
	}
}

func run(ctx context.Context, config networkpolicy.Config) error {
	cluster, err := rest.InClusterConfig()
	if err != nil {
		return err
	}
	client, err := kubernetes.NewForConfig(cluster)
	if err != nil {
		return err
	}
	factory := informers.NewSharedInformerFactory(client, 0)
	core := factory.Core().V1()
	policies := factory.Networking().V1().NetworkPolicies()
	controller, err := networkpolicy.NewController(
		client, policies, core.Namespaces(), core.Pods(), nil, nil, nil, nil, config)
	if err != nil {
		return err
	}
	factory.Start(ctx.Done())
	return controller.Run(ctx)
}
