import * as fs from "node:fs";
import * as path from "node:path";
import { stringify } from "yaml";
import { repositoryRoot } from "@nexus/host";
import { type CertificateRequest, writeCertificates } from "./certificates";
import { clusterSettings, nodePaths } from "./cluster-settings";
import { kubeconfig } from "./kubeconfig";
import type { InstanceLayout } from "./layout";
import { ensureEncryptionKey } from "./secrets-at-rest";

/** File with the rules for which requests the API server writes to its audit log. */
export const AUDIT_POLICY_FILE = "audit-policy.yaml";

function certificateRequests(layout: InstanceLayout): CertificateRequest[] {
  const { nodeName, clusterDomain, apiServiceAddress } = clusterSettings;
  const service = ["kubernetes", "kubernetes.default", "kubernetes.default.svc"];
  return [
    {
      file: "apiserver",
      commonName: "kube-apiserver",
      hosts: [
        "localhost",
        "127.0.0.1",
        layout.nodeAddress,
        apiServiceAddress,
        ...service,
        `kubernetes.default.svc.${clusterDomain}`,
      ],
    },
    { file: "apiserver-kubelet", commonName: "kube-apiserver-kubelet-client", organization: "system:masters" },
    { file: "admin", commonName: "nexus-admin", organization: "system:masters" },
    { file: "controller-manager", commonName: "system:kube-controller-manager" },
    { file: "scheduler", commonName: "system:kube-scheduler" },
    { file: "kube-proxy", commonName: "system:kube-proxy" },
    {
      file: "kubelet",
      commonName: `system:node:${nodeName}`,
      organization: "system:nodes",
      hosts: [nodeName, layout.nodeAddress],
    },
  ];
}

function containerdConfig(): string {
  return `version = 2
root = "${nodePaths.data}/containerd"
state = "/run/containerd"
[grpc]
  address = "${clusterSettings.containerdSocket}"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "docker.io/nexus-local/pause:1"
  # Some sandboxes lack CAP_SYS_RESOURCE; without this no pod starts there.
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "${nodePaths.config}/cni"
  [plugins."io.containerd.grpc.v1.cri".registry]
    config_path = "${nodePaths.config}/certs.d"
`;
}

function buildkitConfig(layout: InstanceLayout): string {
  return `root = "${nodePaths.data}/buildkit"
[grpc]
  address = ["unix://${nodePaths.run}/buildkitd.sock"]
[worker.oci]
  enabled = true
  networkMode = "host"
  gc = true
  maxUsedSpace = "10GB"
[worker.containerd]
  enabled = false
[registry."docker.io"]
  mirrors = ["${layout.registry}"]
[registry."${layout.registry}"]
  http = true
`;
}

function registryConfig(layout: InstanceLayout): object {
  return {
    version: 0.1,
    log: { level: "warn", accesslog: { disabled: true } },
    storage: {
      filesystem: { rootdirectory: `${nodePaths.data}/registry` },
      delete: { enabled: true },
      maintenance: { uploadpurging: { enabled: false } },
    },
    http: { addr: `0.0.0.0:${layout.identity.ports.registry}` },
  };
}

function kubeletConfig(layout: InstanceLayout): object {
  return {
    apiVersion: "kubelet.config.k8s.io/v1beta1",
    kind: "KubeletConfiguration",
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: `${nodePaths.pki}/ca.crt` },
    },
    authorization: { mode: "Webhook" },
    tlsCertFile: `${nodePaths.pki}/kubelet.crt`,
    tlsPrivateKeyFile: `${nodePaths.pki}/kubelet.key`,
    containerRuntimeEndpoint: `unix://${clusterSettings.containerdSocket}`,
    cgroupDriver: "cgroupfs",
    cgroupRoot: `/${layout.cgroup}`,
    failCgroupV1: false,
    failSwapOn: false,
    localStorageCapacityIsolation: false,
    clusterDNS: [clusterSettings.dnsAddress],
    clusterDomain: clusterSettings.clusterDomain,
    resolvConf: `${nodePaths.config}/pod-resolv.conf`,
    serializeImagePulls: false,
    registryPullQPS: 0,
    // The registry is local and small, so the kubelet need not evict images from a workstation.
    imageGCHighThresholdPercent: 100,
    imageGCLowThresholdPercent: 99,
    evictionHard: { "memory.available": "100Mi", "nodefs.available": "1%", "imagefs.available": "1%" },
    shutdownGracePeriod: "0s",
  };
}

function cniConfig(): object {
  return {
    cniVersion: "0.4.0",
    name: "nexus",
    plugins: [
      {
        type: "bridge",
        bridge: clusterSettings.bridge,
        isGateway: true,
        hairpinMode: true,
        ipam: {
          type: "host-local",
          ranges: [[{ subnet: "10.244.0.0/24" }]],
          routes: [{ dst: "0.0.0.0/0" }],
        },
      },
      { type: "portmap", capabilities: { portMappings: true } },
    ],
  };
}

/** Writes every configuration file of the node: certificates, kubeconfigs, and one file per program. */
export async function writeNodeConfig(layout: InstanceLayout): Promise<void> {
  await writeCertificates(layout.pkiDir, certificateRequests(layout), [
    { file: "front-proxy-client", commonName: "front-proxy-client" },
  ]);
  ensureEncryptionKey(layout.pkiDir);
  const write = (file: string, text: string) => {
    const target = path.join(layout.configDir, file);
    fs.mkdirSync(path.dirname(target), { recursive: true });
    fs.writeFileSync(target, text, { mode: 0o600 });
  };
  for (const user of ["controller-manager", "scheduler", "kube-proxy", "kubelet"])
    write(`${user}.kubeconfig`, kubeconfig(`https://127.0.0.1:${clusterSettings.apiPort}`, layout.pkiDir, user));
  write("containerd.toml", containerdConfig());
  write("buildkitd.toml", buildkitConfig(layout));
  write("registry.yaml", stringify(registryConfig(layout)));
  write(AUDIT_POLICY_FILE, fs.readFileSync(path.join(repositoryRoot, "local/platform", AUDIT_POLICY_FILE), "utf8"));
  write("kubelet.yaml", stringify(kubeletConfig(layout)));
  write("cni/10-nexus.conflist", JSON.stringify(cniConfig()));
  // Nothing answers at this address, so a look-up of an external name fails at once instead of timing out.
  write("pod-resolv.conf", "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n");
  const mirror = (server: string) =>
    `server = "${server}"\n[host."http://${layout.registry}"]\n  capabilities = ["pull", "resolve"]\n`;
  write("certs.d/docker.io/hosts.toml", mirror(`http://${layout.registry}`));
  write(`certs.d/${layout.registry}/hosts.toml`, mirror(`http://${layout.registry}`));
  fs.writeFileSync(layout.kubeconfig, kubeconfig(layout.apiServer, layout.pkiDir, "admin"), { mode: 0o600 });
}
