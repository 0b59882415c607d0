import { convertFixture, fixtures } from "@nexus/testkit/compose-fixtures";
import { containerOf, convertText, object, podOf, secretOf } from "./support";

const base =
  "services: { app: { image: 'i:1', command: [a, b], ports: ['8080:80'], dns: [1.1.1.1], environment: { A: '1', B: '2' } } }";
const over = (rest: string) => convertText([base, `services: { app: { ${rest} } }`]);

describe("merging, by the rules of the specification", () => {
  it("mappings key by key, also where one file has a list", () => {
    const result = over("environment: ['B=3', 'C=4']");
    expect(object(result, "ConfigMap", "app-config").data).toEqual({ A: "1", B: "3", C: "4" });
  });

  it("lists are appended, commands replaced", () => {
    const result = over("dns: 8.8.8.8, command: c");
    expect(podOf(result, "app").spec.dnsConfig).toEqual({ nameservers: ["1.1.1.1", "8.8.8.8"] });
    expect(containerOf(result, "app").args).toEqual(["c"]);
  });

  it("ports and volumes go by their keys", () => {
    const ports = (rest: string) =>
      (containerOf(over(rest), "app").ports as { containerPort: number }[]).map(({ containerPort }) => containerPort);
    expect(ports("ports: ['8080:80', '9090:90']")).toEqual([80, 90]);
    const volumes = "services: { app: { image: i, volumes: ['one:/work'] } }\nvolumes: { one: , two: }";
    const result = convertText([volumes, "services: { app: { volumes: ['two:/work'] } }"]);
    expect(containerOf(result, "app").volumeMounts).toEqual([{ name: "two", mountPath: "/work" }]);
  });

  it("!reset removes, !override replaces", () => {
    expect(containerOf(over("ports: !reset [], environment: { A: !reset null }"), "app").ports).toBeUndefined();
    const replaced = over("ports: !override ['90:90'], environment: !override { Z: '1' }");
    expect(containerOf(replaced, "app").ports).toMatchObject([{ containerPort: 90 }]);
    expect(object(replaced, "ConfigMap", "app-config").data).toEqual({ Z: "1" });
  });

  it("several documents of one file are merged as files are", () => {
    const result = convertText(
      "services: { app: { image: i, environment: { A: '1' } } }\n---\nservices: { app: { environment: { B: '2' } } }",
    );
    expect(object(result, "ConfigMap", "app-config").data).toEqual({ A: "1", B: "2" });
  });

  it("variables are put in before files are merged", () => {
    const result = convertText([
      "services: { app: { image: 'i:${T:-1}' } }",
      "services: { app: { scale: '${N:-3}' } }",
    ]);
    expect(containerOf(result, "app").image).toBe("i:1");
    expect(object(result, "Deployment", "app").spec?.replicas).toBe(3);
  });
});

describe("extends and include", () => {
  it("extends merges a service of another file, whose paths are relative to that file", () => {
    const result = convertFixture("extends");
    expect(object(result, "ConfigMap", "web-config").data).toEqual({ REGION: "north", TEAM: "platform", ROLE: "web" });
    expect(object(result, "ConfigMap", "worker-config").data).toEqual({ REGION: "north", ROLE: "worker" });
    expect(containerOf(result, "worker").ports).toBeUndefined();
  });

  it("include adds a project with its own env file", () => {
    const result = convertFixture("include");
    expect(containerOf(result, "queue").image).toBe("registry.example.com/queue:9");
    expect(containerOf(convertFixture("include", { environment: { QUEUE_TAG: "10" } }), "queue").image).toBe(
      "registry.example.com/queue:10",
    );
    expect(object(result, "ConfigMap", "queue-config").data).toEqual({ MODE: "fast" });
  });
});

describe("env files", () => {
  it("have quotes, comments, defaults and raw files, and `environment` overrides them", () => {
    const result = convertFixture("env-files");
    expect(object(result, "ConfigMap", "app-config").data).toEqual({
      LOG_LEVEL: "debug",
      GREETING: "Hello, friend!\nWelcome",
      PRICE: "$5",
      CACHE_TTL: "60",
      TEMPLATE: '"${NOT_A_VARIABLE}"',
      FROM_MACHINE: "here",
    });
    expect(secretOf(result, "app-secret")).toEqual({ MAIL_PASSWORD: "oak-and-elm" });
  });

  it("E9: the machine's environment wins over --env-file, and that over the default", () => {
    const text = "services: { app: { image: 'i:${REGION:-none}' } }";
    const image = (options: object) => containerOf(convertText(text, options), "app").image;
    const envFiles = [`${fixtures}/extends/common.env`];
    expect(image({ envFiles: [] })).toBe("i:none");
    expect(image({ envFiles })).toBe("i:north");
    expect(image({ envFiles, environment: { REGION: "south" } })).toBe("i:south");
  });
});
