import * as path from "node:path";
import { clusterSettings, nodePaths } from "./cluster-settings";
import type { InstanceLayout } from "./layout";
import { AUDIT_POLICY_FILE } from "./node-config";
import { ENCRYPTION_FILE } from "./secrets-at-rest";
import type { ProcessSpec } from "./supervised-process";

const { config, pki, data, logs } = nodePaths;

function flags(values: Readonly<Record<string, string | number | boolean>>): string[] {
  return Object.entries(values).map(([name, value]) => `--${name}=${value}`);
}

function apiServer(layout: InstanceLayout): Record<string, string | number | boolean> {
  return {
    "advertise-address": layout.nodeAddress,
    "secure-port": clusterSettings.apiPort,
    "etcd-servers": "http://127.0.0.1:2379",
    "authorization-mode": "Node,RBAC",
    "enable-admission-plugins": "NodeRestriction",
    "anonymous-auth": false,
    "allow-privileged": true,
    "client-ca-file": `${pki}/ca.crt`,
    "tls-cert-file": `${pki}/apiserver.crt`,
    "tls-private-key-file": `${pki}/apiserver.key`,
    "kubelet-client-certificate": `${pki}/apiserver-kubelet.crt`,
    "kubelet-client-key": `${pki}/apiserver-kubelet.key`,
    "kubelet-preferred-address-types": "InternalIP",
    "service-cluster-ip-range": clusterSettings.serviceCidr,
    "service-account-issuer": `https://kubernetes.default.svc.${clusterSettings.clusterDomain}`,
    "service-account-key-file": `${pki}/service-account.key`,
    "service-account-signing-key-file": `${pki}/service-account.key`,
    "encryption-provider-config": `${pki}/${ENCRYPTION_FILE}`,
    "audit-policy-file": `${config}/${AUDIT_POLICY_FILE}`,
    "audit-log-path": `${logs}/${path.basename(layout.auditLog)}`,
    // MiB per file; the newest and three older files are kept.
    "audit-log-maxsize": 20,
    "audit-log-maxbackup": 3,
    // Requests to aggregated APIs (metrics-server) go to the pods' addresses; these headers name the user who asks.
    "enable-aggregator-routing": true,
    "requestheader-client-ca-file": `${pki}/front-proxy-ca.crt`,
    "requestheader-allowed-names": "front-proxy-client",
    "requestheader-extra-headers-prefix": "X-Remote-Extra-",
    "requestheader-group-headers": "X-Remote-Group",
    "requestheader-username-headers": "X-Remote-User",
    "proxy-client-cert-file": `${pki}/front-proxy-client.crt`,
    "proxy-client-key-file": `${pki}/front-proxy-client.key`,
  };
}

function controllerManager(): Record<string, string | number | boolean> {
  return {
    kubeconfig: `${config}/controller-manager.kubeconfig`,
    "authentication-kubeconfig": `${config}/controller-manager.kubeconfig`,
    "authorization-kubeconfig": `${config}/controller-manager.kubeconfig`,
    "service-account-private-key-file": `${pki}/service-account.key`,
    "root-ca-file": `${pki}/ca.crt`,
    "use-service-account-credentials": true,
    "enable-hostpath-provisioner": true,
    "leader-elect": false,
    "bind-address": "127.0.0.1",
  };
}

function program(binDir: string): (name: string) => string {
  return (name) => path.join(binDir, name);
}

/** The programs that need no other program, and the API server. */
export function baseProcesses(layout: InstanceLayout, binDir: string): ProcessSpec[] {
  const tool = program(binDir);
  return [
    {
      name: "etcd",
      command: [
        "etcd",
        ...flags({
          "data-dir": `${data}/etcd`,
          "listen-client-urls": "http://127.0.0.1:2379",
          "advertise-client-urls": "http://127.0.0.1:2379",
          "listen-peer-urls": "http://127.0.0.1:2380",
          "log-level": "warn",
        }),
      ],
    },
    { name: "registry", command: ["docker-registry", "serve", `${config}/registry.yaml`] },
    {
      name: "buildkitd",
      network: "host",
      command: [tool("buildkitd"), "--config", `${config}/buildkitd.toml`],
    },
    { name: "containerd", command: ["containerd", "--config", `${config}/containerd.toml`] },
    { name: "kube-apiserver", command: [tool("kube-apiserver"), ...flags(apiServer(layout))] },
  ];
}

/** The programs that work through the API server; they exit if it does not answer. */
export function clusterProcesses(layout: InstanceLayout, binDir: string): ProcessSpec[] {
  const tool = program(binDir);
  const kubeconfig = (user: string) => ({ kubeconfig: `${config}/${user}.kubeconfig` });
  return [
    { name: "kube-controller-manager", command: [tool("kube-controller-manager"), ...flags(controllerManager())] },
    {
      name: "kube-scheduler",
      command: [
        tool("kube-scheduler"),
        ...flags({
          ...kubeconfig("scheduler"),
          "authentication-kubeconfig": `${config}/scheduler.kubeconfig`,
          "authorization-kubeconfig": `${config}/scheduler.kubeconfig`,
          "leader-elect": false,
          "bind-address": "127.0.0.1",
        }),
      ],
    },
    {
      name: "kubelet",
      command: [
        tool("kubelet"),
        ...flags({
          ...kubeconfig("kubelet"),
          config: `${config}/kubelet.yaml`,
          "hostname-override": clusterSettings.nodeName,
          "node-ip": layout.nodeAddress,
        }),
      ],
    },
    {
      name: "kube-proxy",
      command: [
        tool("kube-proxy"),
        ...flags({
          ...kubeconfig("kube-proxy"),
          "cluster-cidr": clusterSettings.podCidr,
          "hostname-override": clusterSettings.nodeName,
          "proxy-mode": "iptables",
          // The connection tracking table belongs to the machine, so its size and timeouts are left alone.
          "conntrack-max-per-core": 0,
          "conntrack-tcp-timeout-established": 0,
          "conntrack-tcp-timeout-close-wait": 0,
        }),
      ],
    },
  ];
}
