import { structuralProblems } from "@nexus/testkit/compose-checker";
import { containerOf, convertText, lossKeys, object, podOf } from "./support";

const app = (rest: string) => `services: { app: { image: i, ${rest} } }\nvolumes: { dd: }`;
const portsOf = (ports: string) =>
  (
    containerOf(convertText(app(`ports: [${ports}]`)), "app").ports as { containerPort: number; protocol: string }[]
  ).map(({ containerPort, protocol }) => `${containerPort}/${protocol}`);

describe("E1: everything that compose accepts is accepted", () => {
  it.each([
    ['":443:443"', "443/TCP"],
    ['"${IP:-}:80:80"', "80/TCP"],
    ['"${IP}:${PORT}:80"', "80/TCP"],
    ['"::1:6000:6000"', "6000/TCP"],
    ['"[::1]:6001:6001"', "6001/TCP"],
    ['"2001:db8::1:8000:80/UDP"', "80/UDP"],
    ['"127.0.0.1::81"', "81/TCP"],
    ['"0:82"', "82/TCP"],
    ["{ target: 83, published: 0 }", "83/TCP"],
    ['{ target: 84, published: "", protocol: "" }', "84/TCP"],
  ])("the port %s", (port, expected) => expect(portsOf(port)).toEqual([expected]));

  it.each(['":a:80"', '"x::y:80:80"', '"80/tcp/udp"', '"80/"', '"[::z]:1:1"'])("the port %s is none", (port) =>
    expect(() => portsOf(port)).toThrow(/is not a port/),
  );

  it.each([
    ...["restart", "pull_policy", "cpus", "mem_limit", "shm_size", "stop_grace_period", "privileged", "init", "scale"],
    ...["container_name", "hostname", "platform", "user", "tmpfs", "dns", "network_mode", "working_dir"],
  ])("%s that a variable leaves empty is ignored", (key) => {
    const { objects, losses } = convertText(app(`${key}: "\${UNSET}"`));
    const template = (all: typeof objects) => JSON.stringify(all).replace(/,"(hostname|workingDir)":""/g, "");
    expect(template(objects)).toBe(template(convertText(app("")).objects));
    expect(losses.map(({ effect }) => effect)).toEqual(["it is not set and empty"]);
    expect(structuralProblems(objects)).toEqual([]);
  });

  it.each([
    'deploy: { mode: "${U}", restart_policy: { condition: "${U}", max_attempts: "${U}" }, update_config: { order: "${U}" } }',
    'healthcheck: { test: a, interval: "${U}", retries: "${U}" }',
  ])("%s", (rest) => expect(() => convertText(app(rest))).not.toThrow());

  it("unknown options of volumes are in the report", () => {
    const result = convertText(app("volumes: ['dd:/d:rw,noexec,U']"));
    expect(result.losses.map(({ key, value }) => `${key} ${value}`).slice(0, 2)).toEqual([
      "volumes /d:noexec",
      "volumes /d:U",
    ]);
    expect(containerOf(result, "app").volumeMounts).toMatchObject([{ mountPath: "/d" }]);
  });

  it("steps before the start are in the report", () => {
    const result = convertText(app("pre_start: [{ command: [chown, /d], user: root }]"));
    expect(result.losses).toMatchObject([{ key: "pre_start", effect: "nothing runs before the start" }]);
  });

  it("models in short form are in the report", () => {
    const result = convertText("services: { app: { image: i, models: [llm] } }\nmodels: { llm: { model: ai/small } }");
    expect(lossKeys(result)).toEqual(["app models", "- models"]);
  });
});

describe("E5: losses that are easily missed", () => {
  it("an empty command, if the image has its own", () => {
    for (const empty of ["[]", '""']) expect(lossKeys(convertText(app(`command: ${empty}`)))).toEqual(["app command"]);
    expect(lossKeys(convertText(app("command: ")))).toEqual([]);
    expect(lossKeys(convertText(app("command: [], entrypoint: [a]")))).toEqual([]);
  });

  it("options of tmpfs", () => {
    const result = convertText(app("tmpfs: ['/run:mode=1777,uid=1000,size=50%,ro', '/tmp:exec,nosuid,size=1m']"));
    expect(result.losses.map(({ key, value }) => `${key} ${value}`)).toEqual([
      "tmpfs /run:mode=1777",
      "tmpfs /run:uid=1000",
      "tmpfs /run:size=50%",
      "tmpfs /tmp:nosuid",
    ]);
    expect(podOf(result, "app").spec.volumes).toMatchObject([{}, { emptyDir: { sizeLimit: "1Mi" } }]);
  });

  it("the same host port twice, which a cluster does not open", () => {
    const result = convertText("services: { a: { image: i, ports: ['80:1'] }, b: { image: i, ports: ['79-81:2-4'] } }");
    expect(result.losses.filter(({ key }) => key === "ports")).toEqual([
      {
        service: "b",
        key: "ports",
        value: "80/tcp",
        effect: `the host's port 80/tcp is taken by service "a"; in the cluster both have it`,
        advice: "leave one out",
      },
    ]);
    expect(structuralProblems(result.objects)).toEqual([]);
    // Services of profiles that are never active together do not conflict.
    const one = convertText(
      "services: { a: { image: i, ports: ['80:1'] }, b: { image: i, profiles: [b], ports: ['80:1'] } }",
    );
    expect(lossKeys(one)).not.toContain("b ports");
  });

  it("owners of files, without a numeric user that reads them through the pod's group", () => {
    const secret = (user: string) =>
      convertText(
        `services: { app: { image: i, ${user} secrets: [{ source: s, uid: "1000", gid: "1000", mode: 0400 }] } }\nsecrets: { s: { environment: A } }`,
        { environment: { A: "x" } },
      );
    expect(podOf(secret("user: '1000:50',"), "app").spec.securityContext).toMatchObject({
      runAsUser: 1000,
      fsGroup: 50,
    });
    expect(lossKeys(secret("user: '1000:50',"))).toEqual([]);
    for (const user of ["", "user: app,", "user: '0',"])
      expect(lossKeys(secret(user)).filter((key) => key !== "app user")).toEqual([
        "app secrets.uid",
        "app secrets.gid",
      ]);
    expect(object(secret(""), "Secret", "secret-s")).toBeDefined();
  });
});
