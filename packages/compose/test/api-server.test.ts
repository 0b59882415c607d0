import { structuralProblems } from "@nexus/testkit/compose-checker";
import type { ConvertOptions } from "../src/convert-options";
import { containerOf, convertText, object, podOf, problemsOf } from "./support";

const app = (rest: string) => `services: { app: { image: i, expose: ["80"], ${rest} } }`;

function valid(text: string, options: Partial<ConvertOptions> = {}) {
  const result = convertText(text, options);
  expect(structuralProblems(result.objects)).toEqual([]);
  return result;
}
const lossesOf = (text: string) => valid(text).losses.map(({ key, value, effect }) => `${key} ${value}: ${effect}`);

describe("E2: what an API server takes", () => {
  it("names of Services begin with a letter, also aliases", () => {
    const result = valid(
      `services: { 2fa: { image: i, expose: ["80"] }, app: { image: i, expose: ["80"], container_name: 3app, environment: { A: "http://2fa" }, depends_on: [2fa] } }`,
    );
    expect(object(result, "Service", "s-2fa")).toBeDefined();
    expect(object(result, "Deployment", "s-2fa")).toBeDefined();
    expect(podOf(result, "app").spec.initContainers?.[0]?.name).toBe("wait-for-s-2fa");
    expect(result.losses.map(({ service, key, effect, advice }) => [service, key, effect, advice])).toEqual([
      ["2fa", "", "its name in the cluster is s-2fa", "write s-2fa in variables of app"],
      ["app", "networks.aliases", "Kubernetes does not accept this name", "use app"],
    ]);
    expect(problemsOf(`services: { 2fa: { image: i }, s-2fa: { image: i } }`)[0]).toMatch(/becomes "s-2fa"/);
  });

  it("hosts and name servers", () => {
    const text = app(
      "extra_hosts: ['db_1:10.0.0.5', 'Upper.example.com:10.0.0.6', 'x:999.1.1.1', 'six=::1'], dns: [10.0.0.1, dns.example.com, 10.0.0.2, 10.0.0.3, 10.0.0.4], dns_search: [example.com, _bad], dns_opt: ['ndots:2', '']",
    );
    expect(lossesOf(text)).toEqual([
      "extra_hosts db_1:10.0.0.5: Kubernetes does not accept this host name",
      "extra_hosts Upper.example.com:10.0.0.6: its name is in lower case",
      "extra_hosts x:999.1.1.1: only addresses are carried over",
      "dns dns.example.com: it is not an IP address",
      "dns 10.0.0.4: pods have at most 3",
      "dns_search _bad: it is not a domain",
    ]);
    expect(podOf(valid(text), "app").spec).toMatchObject({
      hostAliases: [
        { ip: "10.0.0.6", hostnames: ["upper.example.com"] },
        { ip: "::1", hostnames: ["six"] },
      ],
      dnsConfig: {
        nameservers: ["10.0.0.1", "10.0.0.2", "10.0.0.3"],
        searches: ["example.com"],
        options: [{ name: "ndots", value: "2" }],
      },
    });
  });

  it.each([
    ["-1", "1"],
    ["all", "1"],
    ["2", "2"],
    ["0", undefined],
  ])("%s GPUs", (count, gpus) => {
    const text = app(
      `deploy: { resources: { reservations: { devices: [{ count: ${count}, capabilities: [gpu] }] } } }`,
    );
    expect(
      (containerOf(valid(text), "app").resources as { limits: Record<string, string> }).limits["nvidia.com/gpu"],
    ).toBe(gpus);
  });

  it("GPUs of several devices are added up, and a count that is not a number is refused", () => {
    const result = valid(app("gpus: [{ count: 1 }, { count: 2, driver: amd }, { count: 3 }]"));
    expect(containerOf(result, "app").resources).toMatchObject({
      limits: { "nvidia.com/gpu": "4", "amd.com/gpu": "2" },
    });
    expect(problemsOf(app("gpus: [{ count: two }]"))[0]).toMatch(/gpus\[0\]\.count: "two" is not a whole number/);
  });

  it("zero is no limit", () => {
    for (const zero of [
      "cpus: 0, mem_limit: 0, shm_size: 0",
      "cpus: '0.000', deploy: { resources: { limits: { memory: 0b } } }",
    ])
      expect(containerOf(valid(app(zero)), "app").resources).toEqual(containerOf(valid(app("")), "app").resources);
  });

  it.each([
    ["i:", "its tag is empty", "correct it"],
    ["i@", "its digest is empty", "correct it"],
    ["/i:1", "a part of its name is empty", "correct it"],
    ["r.example.com//i", "a part of its name is empty", "correct it"],
    ["i:a b", "its tag is not valid", "correct it"],
    ["r.example.com/-i", "a part of its name is not valid", "correct it"],
    ["r.example.com/a:${TAG}", "its tag is empty, because TAG is not set", "set TAG"],
    ["${HOST}/a:${TAG}", "a part of its name is empty, because HOST and TAG is not set", "set HOST and TAG"],
  ])("the image %s is refused", (image, text, fix) => {
    const [problem, ...others] = problemsOf(`services: { app: { image: "${image}" } }`);
    expect(problem).toContain(`of service "app" is not a valid image: ${text}. Fix: ${fix}.`);
    expect(others).toEqual([]);
  });

  it("the problem of an image that a variable leaves empty names the variable", () => {
    expect(problemsOf('services: { app: { image: "${IMAGE}" } }')).toEqual([
      "compose.yaml:1:27 services.app.image: is empty, because IMAGE is not set. Fix: set IMAGE.",
    ]);
  });

  it.each([
    "i",
    "r.example.com:5000/a/b_c.d:1.0-x",
    "localhost/a",
    `a@sha256:${"0a".repeat(32)}`,
    "a:1@sha256:" + "0a".repeat(32),
  ])("the image %s is one", (image) =>
    expect(containerOf(valid(`services: { app: { image: "${image}" } }`), "app").image).toBe(image),
  );

  it("an external object has a name that Kubernetes accepts, and is in the report", () => {
    const text = (name: string) =>
      `${app("volumes: ['dd:/d'], configs: [cc], secrets: [ss]")}\nvolumes: { dd: { external: true, name: Team_Data } }\nconfigs: { cc: { external: true, name: ${name} } }\nsecrets: { ss: { external: true } }`;
    expect(problemsOf(text("site_conf"))[0]).toMatch(/configs\.cc: no ConfigMap can be called "site_conf"/);
    expect(lossesOf(text("site.conf"))).toEqual([
      "configs.cc site.conf: the ConfigMap is not made",
      "secrets.ss ss: the Secret is not made",
      "volumes.dd team-data: the claim is not made",
    ]);
  });

  it.each([
    ["volumes: [{ type: volume, source: dd, target: 'C:/data' }]", "no pod mounts"],
    ["volumes: [{ type: volume, source: dd, target: /d, volume: { subpath: ../x } }]", "leads out of the volume"],
    ["post_start: [{ command: [] }]", "runs nothing"],
    ["healthcheck: { test: [CMD] }", "runs nothing"],
    ["x-nexus: { namespace: kube-system }", "other than default and kube-"],
    ["x-nexus: { namespace: default }", "other than default and kube-"],
    ["x-nexus: { labels: { a: 'no label' } }", "is not the value of a label"],
    ["x-nexus: { annotations: { 'a b': x } }", "is not a key that Kubernetes accepts"],
    ["x-nexus: { ingress: { host: a..example.com } }", "is not a host name"],
    ["x-nexus: { ingress: { host: 10.0.0.1 } }", "is not a host name"],
    ["x-nexus: { ingress: { path: //a } }", "is not a path"],
  ])("%s is refused", (rest, text) => {
    expect(problemsOf(`${app(rest)}\nvolumes: { dd: }`).join()).toContain(text);
  });

  it("users above the maximum uid of a pod are in the report", () => {
    expect(lossesOf(app("user: '4294967295', group_add: [4294967295]")).map((loss) => loss.split(" ")[0])).toEqual([
      "user",
      "group_add",
    ]);
  });

  it.each([
    [{ namespace: "kube-system" }, "namespace"],
    [{ namespace: "default" }, "namespace"],
    [{ namespace: "Bad" }, "namespace"],
    [{ imagePullSecret: "Bad_Name" }, "imagePullSecret"],
  ])("the option %j is refused", (options, key) => {
    expect(problemsOf(app(""), options)).toEqual([expect.stringContaining(`${key}: "`)]);
  });
});
