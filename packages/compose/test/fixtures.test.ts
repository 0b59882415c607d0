import { exposedSecrets, structuralProblems } from "@nexus/testkit/compose-checker";
import { restrictedViolations } from "@nexus/testkit/pod-security";
import { convertFixture, fixtureNames } from "@nexus/testkit/compose-fixtures";
import { lossKeys } from "./support";

/** The kinds of workloads that each project becomes, and its exact losses. */
const expected: Readonly<Record<string, { workloads: readonly string[]; losses: readonly string[] }>> = {
  blog: {
    workloads: ["StatefulSet blog", "StatefulSet mysql"],
    losses: ["blog ports.published"],
  },
  built: {
    workloads: ["Deployment api", "Deployment worker"],
    losses: ["api build", "worker build"],
  },
  chat: {
    workloads: ["Deployment chat"],
    losses: ["chat environment[1]", "chat ports.published"],
  },
  "env-files": {
    workloads: ["Deployment app"],
    losses: [],
  },
  extends: {
    workloads: ["Deployment web", "Deployment worker"],
    losses: ["web ports.published"],
  },
  files: {
    workloads: ["Deployment web"],
    losses: [
      "web volumes",
      "web volumes",
      "web volumes",
      "web configs.uid",
      "- secrets.shared",
      "web volumes.tmpfs.mode",
      "- configs.site.labels",
      "web ports.published",
    ],
  },
  "game-server": {
    workloads: ["StatefulSet game"],
    losses: ["game pull_policy"],
  },
  hooks: {
    workloads: ["Deployment app"],
    losses: ["app stop_signal", "app pre_stop.user", "app pre_stop.privileged"],
  },
  include: {
    workloads: ["Deployment queue", "Deployment cache", "Deployment app"],
    losses: [],
  },
  jobs: {
    workloads: ["Job report", "Deployment once"],
    losses: ["once restart"],
  },
  labels: {
    workloads: ["Deployment web"],
    losses: ["web labels", "web labels", "web attach", "web ports.published"],
  },
  "machine-learning": {
    workloads: ["Deployment model", "StatefulSet notebook"],
    losses: ["model ipc", "model ulimits", "- volumes.weights", "notebook ports.published"],
  },
  mail: {
    workloads: ["Deployment mail"],
    losses: [
      "mail runtime",
      "mail cgroup_parent",
      "mail storage_opt",
      "mail userns_mode",
      "mail ports.published",
      "mail ports.published",
      "mail ports.published",
    ],
  },
  "memory-ui": {
    workloads: ["Deployment mem0-ui", "Deployment mem0", "StatefulSet qdrant", "StatefulSet neo4j"],
    losses: ["mem0 depends_on.neo4j.restart"],
  },
  migration: {
    workloads: ["Deployment app", "Job migrate", "StatefulSet db"],
    losses: ["app ports.published"],
  },
  models: {
    workloads: ["Deployment chat"],
    losses: ["chat models", "chat develop", "database provider", "- models"],
  },
  monitoring: {
    workloads: ["StatefulSet prometheus", "StatefulSet grafana", "DaemonSet node-exporter"],
    losses: [
      "node-exporter volumes",
      "prometheus logging",
      "node-exporter pid",
      "node-exporter network_mode",
      "node-exporter volumes.bind.propagation",
      "prometheus ports.published",
      "grafana ports.published",
    ],
  },
  names: {
    workloads: ["Deployment my-api-v2", "Deployment web"],
    losses: ["web domainname", "My_API.v2 "],
  },
  namespaces: {
    workloads: ["Deployment web", "Deployment db"],
    losses: ["web ports.published"],
  },
  networks: {
    workloads: ["Deployment proxy", "Deployment app", "Deployment audit"],
    losses: [
      "app extra_hosts",
      "proxy networks.back.ipv4_address",
      "proxy networks.back.priority",
      "audit external_links",
      "audit mac_address",
      "- networks.front.driver",
      "- networks.back.ipam",
      "- networks.secret.external",
      "- networks.secret.name",
      "proxy ports.published",
      "proxy networks.aliases",
    ],
  },
  placement: {
    workloads: ["Deployment app"],
    losses: [
      "app deploy.placement.constraints",
      "app deploy.update_config.failure_action",
      "app deploy.rollback_config",
      "app deploy.restart_policy.delay",
    ],
  },
  ports: {
    workloads: ["Deployment many", "Deployment outside", "Deployment balanced"],
    losses: [
      "many ports.host_ip",
      "many ports.mode",
      "many ports.published",
      "many ports.published",
      "many ports.published",
      "many ports.published",
      "many ports.published",
      "many ports.published",
      "many ports.published",
      "many ports.published",
      "many ports.published",
    ],
  },
  profiles: {
    workloads: ["Deployment app"],
    losses: [],
  },
  "queue-workers": {
    workloads: ["Deployment fast", "Deployment slow", "Deployment rabbit"],
    losses: ["fast restart", "slow restart", "rabbit ports.published", "rabbit ports.published"],
  },
  "redis-password": {
    workloads: ["Deployment cache", "Deployment app"],
    losses: ["cache healthcheck"],
  },
  resources: {
    workloads: ["Deployment small", "Deployment big", "Deployment plain", "Deployment own"],
    losses: ["plain pids_limit", "plain cpu_shares", "plain memswap_limit", "own deploy.resources.limits.pids"],
  },
  search: {
    workloads: ["StatefulSet search", "Deployment dashboards"],
    losses: ["search ulimits", "search mem_swappiness", "search oom_score_adj", "dashboards ports.published"],
  },
  "secrets-by-value": {
    workloads: ["Deployment app"],
    losses: [],
  },
  security: {
    workloads: ["Deployment locked"],
    losses: [
      "locked cap_add",
      "locked sysctls",
      "locked security_opt",
      "locked group_add",
      "locked privileged",
      "locked devices",
    ],
  },
  "shared-volume": {
    workloads: ["Deployment writer", "Deployment reader", "Deployment archive"],
    losses: ["writer volumes", "- volumes.cold", "- volumes.feed.driver_opts", "- volumes.feed"],
  },
  "web-and-database": {
    workloads: ["Deployment web", "StatefulSet database"],
    losses: ["web ports.published"],
  },
};

describe("E5 E6 E7 X14: realistic compose projects", () => {
  it("are at least 30, each with its expectation", () => {
    expect(fixtureNames().length).toBeGreaterThanOrEqual(30);
    expect(Object.keys(expected).sort()).toEqual(fixtureNames().sort());
  });

  it.each(Object.entries(expected))("%s becomes its workloads and loses exactly what is listed", (name, wanted) => {
    const result = convertFixture(name);
    const kinds = ["Deployment", "StatefulSet", "DaemonSet", "Job"];
    const workloads = result.objects.filter(({ kind }) => kinds.includes(kind));
    expect(workloads.map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toEqual(wanted.workloads);
    expect(lossKeys(result)).toEqual(wanted.losses);
  });

  it.each(fixtureNames())("%s makes objects that fit together, and no ConfigMap with a secret", (name) => {
    const { objects } = convertFixture(name);
    expect(structuralProblems(objects)).toEqual([]);
    expect(exposedSecrets(objects)).toEqual([]);
  });

  it.each(fixtureNames())("%s keeps the rules of Pod Security restricted where the namespace enforces them", (name) => {
    const { objects } = convertFixture(name, { podSecurity: "restricted" });
    const pods = objects.flatMap(({ spec }) => (spec as { template?: { spec: unknown } } | undefined)?.template ?? []);
    expect(
      pods.flatMap((pod) => restrictedViolations(pod.spec)).filter((text) => !text.includes("image is not")),
    ).toEqual([]);
  });

  it.each(fixtureNames())("%s is converted to the same objects each time", (name) => {
    expect(convertFixture(name)).toEqual(convertFixture(name));
  });
});

describe("the checker", () => {
  it("finds secrets and missing references", () => {
    const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: "n" } };
    const config = (data: object) => ({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "c", namespace: "n" },
      data,
    });
    expect(exposedSecrets([config({ A_KEY: "x", URL: "http://u:p@h/", OK: "http://h/" })])).toEqual([
      "c.A_KEY: by its name",
      "c.URL: credentials in a URL",
    ]);
    const service = {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "Bad_Name", namespace: "n" },
      spec: { type: "ClusterIP", selector: { a: "b" } },
    };
    expect(structuralProblems([namespace, service])).toEqual([
      "Service Bad_Name: has a bad name",
      "Service Bad_Name: selects 0 workloads",
      "Service Bad_Name: has no ports and is not headless",
    ]);
  });
});
