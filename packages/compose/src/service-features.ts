import { carried, type Feature, isOff, isOneOf, lost, of, partly } from "./feature";

const ON_THE_NODE = "Pod Security of the namespace refuses what belongs to the node";
const NO_QUOTA = "Kubernetes has no such limit for one container";

const containerKeys: Feature[] = [
  ...carried("image of the container", "image"),
  ...partly(
    "an `image` beside it is taken as it is, and nothing is built with `images.builder: prebuilt`",
    "set `pull_policy: build`, or name the image in `image` or `x-nexus.image`",
    "build",
  ),
  ...of("build", [
    ...carried("the configured builder's, which pushes the image", "context", "dockerfile", "args", "target"),
    ...partly("`images.builder: docker` takes files only", "write it to a file", "dockerfile_inline"),
    ...lost("the build copies from its context alone", "copy the files into it", ["additional_contexts"]),
    ...lost("the builder's own cache is used", "leave it out", ["cache_from", "cache_to"]),
    ...lost("the builder's own cache is used", "leave it out", ["no_cache", "pull"], isOff),
    ...lost("the builder's own cache is used", "leave it out", ["no_cache_filter"]),
    ...lost("the build gets no secrets and no keys", "fetch what needs them before the build", ["secrets", "ssh"]),
    ...lost("pods run the image by its digest", "leave it out", ["tags"]),
    ...lost("the image has none", "write LABEL in the Dockerfile", ["labels"]),
    ...lost("the image is for the builder's own platform", "use a builder of that platform", ["platforms"]),
    ...lost("the builder's own settings are used", "set it on the builder", [
      "entitlements",
      "extra_hosts",
      "isolation",
      "network",
      "provenance",
      "sbom",
      "shm_size",
      "ulimits",
    ]),
    ...lost("the build has no more rights than others", "leave it out", ["privileged"], isOff),
  ]),
  ...carried("`args` of the container; secrets in it, also literal ones, become `$(NAME)`", "command"),
  ...carried("`command` of the container; secrets in it, also literal ones, become `$(NAME)`", "entrypoint"),
  ...carried("`workingDir`", "working_dir"),
  ...partly("only numeric users and groups are carried over", "write `uid:gid`", "user", "group_add"),
  ...carried("ConfigMap and Secret, read with `envFrom`", "environment", "env_file"),
  ...of("env_file", carried("ConfigMap and Secret, read with `envFrom`", "path", "format", "required")),
  ...carried(
    "labels of workload and pods, or annotations where Kubernetes does not accept the label",
    "labels",
    "label_file",
  ),
  ...carried("annotations of the pods", "annotations"),
  ...carried("`readOnlyRootFilesystem`", "read_only"),
  ...carried("emptyDir in memory", "tmpfs"),
  ...carried("emptyDir in memory at /dev/shm", "shm_size"),
  ...carried("`stdin`", "stdin_open"),
  ...carried("`tty`", "tty"),
  ...carried("`shareProcessNamespace`: the pod's first process reaps zombies", "init"),
  ...partly("Pod Security refuses all others", "check what the program needs", "cap_add"),
  ...carried("`capabilities.drop`", "cap_drop"),
  ...partly("only `no-new-privileges` is carried over", "leave it out", "security_opt"),
  ...partly("Pod Security refuses all but the safe ones", "set it on the node", "sysctls"),
  ...lost("the container has no more rights than others", "run it outside of the cluster", ["privileged"], isOff),
  ...carried("`imagePullPolicy`", "pull_policy"),
  ...lost("images are not pulled again after a time", "use `pull_policy: always`", ["pull_refresh_after"]),
  ...carried("`nodeSelector` for system and architecture", "platform"),
  ...carried("`postStart` of the container", "post_start"),
  ...of("post_start", hookKeys()),
  ...lost("nothing runs before the start", "run it as a job that the service waits for", ["pre_start"]),
  ...carried("`preStop` of the container", "pre_stop"),
  ...of("pre_stop", hookKeys()),
  ...carried("probes: start-up, readiness and liveness; secrets in a shell become `${NAME}`", "healthcheck"),
  ...of(
    "healthcheck",
    carried("probes", "disable", "test", "interval", "timeout", "retries", "start_period", "start_interval"),
  ),
];

function hookKeys(): Feature[] {
  return [
    ...carried("command of the hook", "command", "working_dir", "environment"),
    ...lost("hooks run as the container's user", "run it in the container's command", ["user"]),
    ...lost("hooks have the container's rights", "leave it out", ["privileged"], isOff),
  ];
}

const podKeys: Feature[] = [
  ...carried("an alias: one more Service of that name", "container_name", "links"),
  ...carried("`hostname` of the pod", "hostname"),
  ...lost("pods get the domain of the cluster", "use the Service's name", ["domainname"]),
  ...partly("only addresses are carried over, to `hostAliases`", "write an IP address", "extra_hosts"),
  ...carried("`dnsConfig`", "dns", "dns_search", "dns_opt"),
  ...carried("`terminationGracePeriodSeconds`", "stop_grace_period"),
  ...lost(
    "pods stop with the image's STOPSIGNAL, else SIGTERM",
    "set STOPSIGNAL in the image",
    ["stop_signal"],
    isOneOf("SIGTERM"),
  ),
  ...partly("Deployments restart containers always", "use a job for a program that ends", "restart"),
  ...carried("init containers that wait, and Jobs", "depends_on"),
  ...of("depends_on.*", [
    ...carried("what the init container waits for", "condition", "required"),
    ...lost("dependents are not restarted", "restart them with `kubectl rollout restart`", ["restart"], isOff),
  ]),
  ...carried("services of other profiles are left out", "profiles"),
  ...carried("the service with what it extends", "extends"),
  ...of("extends", carried("the service with what it extends", "service", "file")),
  ...carried("pods of the workload", "scale"),
  ...carried("Service ports by target; outside by NodePort, LoadBalancer or Ingress", "ports"),
  ...of("ports", [
    ...carried("port of container and Service", "target", "protocol", "name", "app_protocol"),
    ...partly("reachable inside the cluster only", "set `x-nexus.service_type` or `x-nexus.ingress`", "published"),
    ...lost("a Service has no address of the host", "leave it out", ["host_ip"], isOneOf("", "0.0.0.0", "::")),
    ...lost("no port of the node is taken", "set `x-nexus.service_type`", ["mode"], isOneOf("ingress")),
  ]),
  ...carried("port of container and Service", "expose"),
  ...carried(
    "NetworkPolicies, where services share no network: only those that share one reach each other",
    "networks",
  ),
  ...of("networks.*", [
    ...carried("aliases: one more Service each", "aliases"),
    ...lost("the cluster gives out addresses and interfaces", "use the Service's name", [
      "interface_name",
      "ipv4_address",
      "ipv6_address",
      "link_local_ips",
      "mac_address",
    ]),
    ...lost("pods have one network", "leave it out", ["driver_opts", "priority", "gw_priority"]),
  ]),
  ...lost("pods have the cluster's network", "use Services", ["network_mode"], isOneOf("bridge", "default")),
  ...lost("there is no Service of that name", "use a Service of type ExternalName", ["external_links"]),
  ...lost("the cluster gives out MAC addresses", "leave it out", ["mac_address"]),
];

const storageKeys: Feature[] = [
  ...carried("named volumes: claims; files of the project: ConfigMaps and Secrets", "volumes"),
  ...of("volumes", [
    ...partly("directories of the node are not mounted", "use a named volume, a config or a secret", "type", "source"),
    ...carried("the mount", "target", "read_only", "volume", "tmpfs", "bind", "image"),
    ...lost("mounts are consistent", "leave it out", ["consistency"]),
    ...of(
      "bind",
      lost("files are mounted as copies", "leave it out", ["propagation", "create_host_path", "recursive", "selinux"]),
    ),
    ...of("volume", [
      ...carried("`subPath`", "subpath"),
      ...carried("nothing: claims begin empty", "nocopy"),
      ...lost("claims have the labels of their volume", "set `labels` of the volume", ["labels"]),
    ]),
    ...of("tmpfs", [
      ...carried("`sizeLimit`", "size"),
      ...lost("the directory is open to all", "leave it out", ["mode"]),
    ]),
    ...of("image", carried("`subPath`", "subpath")),
  ]),
  ...partly("volumes of other containers are not mounted", "use a named volume", "volumes_from"),
  ...carried("mounted from ConfigMaps", "configs"),
  ...carried("mounted from Secrets", "secrets"),
  ...["configs", "secrets"].flatMap((key) =>
    of(key, [
      ...carried("the mount", "source", "target", "mode"),
      ...partly(
        "files belong to root and the pod's group, with which a numeric `user` reads them",
        "set `user`",
        "uid",
        "gid",
      ),
    ]),
  ),
];

const resourceKeys: Feature[] = [
  ...carried("CPU and memory of the container", "cpus", "mem_limit", "mem_reservation"),
  ...carried("a GPU of the device plugin", "gpus"),
  ...of("gpus", carried("a GPU of the device plugin", "capabilities", "count", "driver")),
  ...of("gpus", lost("the device plugin chooses the device", "use a node selector", ["device_ids", "options"])),
  ...lost(NO_QUOTA, "use `cpus`", [
    "cpu_count",
    "cpu_percent",
    "cpu_period",
    "cpu_quota",
    "cpu_rt_period",
    "cpu_rt_runtime",
    "cpu_shares",
    "cpuset",
  ]),
  ...lost(NO_QUOTA, "use `mem_limit`", ["mem_swappiness", "memswap_limit"]),
  ...lost(NO_QUOTA, "set it on the node", ["blkio_config", "oom_score_adj", "pids_limit", "ulimits", "storage_opt"]),
  ...lost(NO_QUOTA, "set it on the node", ["oom_kill_disable"], isOff),
  ...lost(ON_THE_NODE, "leave it out", ["cgroup", "cgroup_parent", "device_cgroup_rules", "devices", "use_api_socket"]),
  ...lost(
    ON_THE_NODE,
    "leave it out",
    ["ipc", "uts", "pid", "userns_mode"],
    isOneOf("private", "shareable", "null", ""),
  ),
  ...lost("the cluster's container runtime is used", "use a RuntimeClass", ["runtime", "isolation", "credential_spec"]),
  ...lost("logs go to the node and `kubectl logs`", "collect them in the cluster", ["logging"]),
  ...lost("it has no meaning in a cluster", "leave it out", ["attach", "develop"]),
  ...lost("the service is not made", "run it as a container", ["provider"]),
  ...lost("no model is run", "run a model server as a service", ["models"]),
];

const deployKeys: Feature[] = [
  ...carried("see the rows below", "resources", "restart_policy", "placement", "update_config"),
  ...carried("Deployment, DaemonSet (`global`) or Job (`replicated-job`, `global-job`)", "mode"),
  ...carried("a headless Service (`dnsrr`)", "endpoint_mode"),
  ...carried("pods of the workload", "replicas"),
  ...carried("annotations of the workload", "labels"),
  ...of("update_config", [
    ...carried("`rollingUpdate` of a Deployment", "parallelism", "order"),
    ...carried("`minReadySeconds`", "delay"),
    ...lost("Kubernetes stops a failing rollout", "roll back with `pulumi up` of the old version", [
      "failure_action",
      "monitor",
      "max_failure_ratio",
    ]),
  ]),
  ...lost("a rollback uses the settings of a rollout", "leave it out", ["rollback_config"]),
  ...of("resources", [
    ...carried("limits and requests of the container", "limits", "reservations"),
    ...of("limits", [...carried("limits", "cpus", "memory"), ...lost(NO_QUOTA, "set it on the node", ["pids"])]),
    ...of("reservations", [
      ...carried("requests", "cpus", "memory"),
      ...carried("a GPU of the device plugin", "devices"),
      ...of("devices", [
        ...carried("a GPU of the device plugin", "capabilities", "count", "driver"),
        ...lost("the device plugin chooses the device", "use a node selector", ["device_ids", "options"]),
      ]),
      ...lost("extended resources have other names", "use a device plugin", ["generic_resources"]),
    ]),
  ]),
  ...of("restart_policy", [
    ...partly("Deployments restart containers always", "use a job for a program that ends", "condition"),
    ...carried("`backoffLimit` of a Job", "max_attempts"),
    ...lost("Kubernetes backs off by itself", "leave it out", ["delay", "window"]),
  ]),
  ...of("placement", [
    ...partly("only labels and platforms of nodes are carried over", "label the nodes", "constraints"),
    ...carried("`topologySpreadConstraints`", "preferences"),
    ...of("preferences", carried("`topologySpreadConstraints`", "spread")),
    ...partly("only 1 is carried over, to an anti-affinity", "set 1", "max_replicas_per_node"),
  ]),
];

const nexusKeys: Feature[] = [
  ...carried("settings that compose files do not have", "x-nexus"),
  ...of("x-nexus", [
    ...carried("the workload", "replicas", "namespace", "annotations", "labels", "image", "resources"),
    ...of("resources", carried("requests and limits", "requests", "limits")),
    ...of(
      "resources",
      ["requests", "limits"].flatMap((kind) => of(kind, carried("requests and limits", "cpu", "memory"))),
    ),
    ...carried("type of the Service", "service_type"),
    ...carried("HTTP probes; null switches all probes off", "health_check_path"),
    ...carried("a HorizontalPodAutoscaler of the workload", "autoscaling"),
    ...of(
      "autoscaling",
      carried("a HorizontalPodAutoscaler of the workload", "min_replicas", "max_replicas", "cpu_percent"),
    ),
    ...carried("an Ingress", "ingress"),
    ...of("ingress", carried("an Ingress", "enabled", "host", "path", "tls", "class_name")),
  ]),
];

/** The table for the keys of a service. */
export const serviceFeatures: readonly Feature[] = of("services.*", [
  ...containerKeys,
  ...podKeys,
  ...storageKeys,
  ...resourceKeys,
  ...carried("see the rows below", "deploy"),
  ...of("deploy", deployKeys),
  ...nexusKeys,
]);
