import { problemsOf } from "./support";

const app = (rest: string) => `services:\n  app:\n    image: i\n${rest.replace(/^/gm, "    ")}\n`;

describe("bad input is refused with file, line, column and key", () => {
  it.each<[string, string | readonly string[], string | RegExp]>([
    ["an empty file", "# nothing\n", "compose.yaml:1:1: is empty. Fix: write a `services:` mapping."],
    ["no services", "volumes: {}\n", /^compose\.yaml:1:1 services: there is no service/],
    ["a list", "- a\n", "compose.yaml:1:1: is not a mapping. Fix: write a `services:` mapping."],
    ["invalid YAML", "services:\n  app: [\n", /^compose\.yaml:3:1 services\.app.*: is not valid YAML/],
    [
      "a key twice",
      "services:\n  app:\n    image: a\n    image: b\n",
      "compose.yaml:4:5 services.app.image: the key appears twice. Fix: keep one of them.",
    ],
    [
      "an unknown key",
      app("imge: x"),
      "compose.yaml:4:5 services.app.imge: is not a key of compose. Fix: write image.",
    ],
    [
      "an unknown key below",
      app("healthcheck: { tes: x }"),
      /^compose\.yaml:4:20 services\.app\.healthcheck\.tes: is not a key of compose\. Fix: write test/,
    ],
    [
      "a wrong kind",
      app("environment: 5"),
      "compose.yaml:4:18 services.app.environment: the value is not a list or a mapping.",
    ],
    ["a wrong item", app("cap_add: [{ a: b }]"), "compose.yaml:4:15 services.app.cap_add[0]: a mapping is not a text."],
    [
      "a wrong word",
      app("depends_on: { app2: { condition: healthy } }"),
      /services\.app\.depends_on\.app2\.condition: "healthy" is not known; use service_started/,
    ],
    ["a wrong service name", "services: { 'a b': { image: i } }", /services\.a b: .*letters that names may not have/],
    [
      "an unknown form",
      app("command: echo ${1}"),
      /^compose\.yaml:4:14 services\.app\.command: "\$\{1\}" is not an interpolation/,
    ],
    [
      "a missing variable",
      app("command: ${X:?tell me}"),
      "compose.yaml:4:14 services.app.command: the required variable X is not set: tell me. Fix: set X in the environment or in an env file.",
    ],
    [
      "a volume that a variable leaves empty",
      app('volumes: ["${DATA_PATH}:/data"]'),
      'compose.yaml:4:15 services.app.volumes[0]: ":/data" is not [source:]target[:options] (DATA_PATH is not set). Fix: set DATA_PATH.',
    ],
    [
      "a port that variables leave empty",
      app('ports: ["${A}:${B}"]'),
      'compose.yaml:4:13 services.app.ports[0]: ":" is not a port; write [[host_ip:]published:]target[/protocol] (A and B is not set). Fix: set A and B.',
    ],
    ["a bad port", app("ports: ['80:http']"), /^compose\.yaml:4:13 services\.app\.ports\[0\]: "80:http" is not a port/],
    [
      "a port out of range",
      app("ports: ['70000']"),
      /services\.app\.ports\[0\]\.target: "70000" is not a port from 1 to 65535/,
    ],
    ["a port range of another length", app("ports: ['80-82:90-91']"), /"80-82" has another length than "90-91"/],
    [
      "a host port twice that may become a node port",
      "services: { a: { image: i, ports: ['30080:1'] }, b: { image: i, ports: ['30079-30081:1-3'] } }",
      /services\.b\.ports\[0\]: the host's port 30080\/tcp is taken by service "a"/,
    ],
    [
      "a port name twice",
      app("ports: [{ target: 1, name: x }, { target: 2, name: x }]"),
      /ports\[1\]\.name: "x" names two ports/,
    ],
    ["a bad volume", app("volumes: ['a:b:c:d']"), /services\.app\.volumes\[0\]: "a:b:c:d" is not \[source:\]target/],
    [
      "an unknown network",
      app("networks: { default: {}, bakc: {} }"),
      'compose.yaml:4:36 services.app.networks.bakc: there is no network "bakc". Fix: add it below the top-level networks.',
    ],
    [
      "an unknown link",
      app("links: [app, 'db:database']"),
      /links\[1\]: there is no service "db". Fix: correct the name/,
    ],
    [
      "volumes of an unknown service",
      app("volumes_from: ['container:x', 'db:ro']"),
      /volumes_from\[1\]: there is no service "db"/,
    ],
    ["the network of an unknown service", app("network_mode: service:vpn"), /network_mode: there is no service "vpn"/],
    ["the processes of an unknown service", app("pid: service:db"), /services\.app\.pid: there is no service "db"/],
    [
      "two numbers of pods",
      app("scale: 2\ndeploy: { replicas: 3 }"),
      "compose.yaml:4:12 services.app.scale: 2 is not the number of `deploy.replicas`, 3. Fix: keep one of them.",
    ],
    [
      "an unknown volume",
      app("volumes: ['data:/data']"),
      /there is no volume "data". Fix: add it below the top-level volumes/,
    ],
    ["an unknown config", app("configs: [c]"), /there is no config "c"/],
    ["a bad duration", app("stop_grace_period: soon"), /stop_grace_period: "soon" is not a duration such as 1m30s/],
    ["a bad size", app("shm_size: large"), /shm_size: "large" is not a size such as 64m/],
    ["an unknown dependency", app("depends_on: [db]"), /services\.app\.depends_on\.db: there is no service "db"/],
    [
      "an inactive dependency",
      `${app("depends_on: [db]")}  db: { image: i, profiles: [p] }`,
      /"db" is in a profile that is not active/,
    ],
    [
      "a circle of dependencies",
      "services: { a: { image: i, depends_on: [b] }, b: { image: i, depends_on: [a] } }",
      /depends_on has a cycle: a -> b -> a/,
    ],
    [
      "a build without an image",
      "services: { a: { build: . } }",
      /services\.a\.build: no image is built with images\.builder prebuilt, and none is named. Fix: build and push it, then add `x-nexus/,
    ],
    ["neither image nor build", "services: { a: { command: x } }", /services\.a: has neither image nor build/],
    [
      "names that clash",
      "services: { my_app: { image: i }, my-app: { image: i } }",
      /becomes "my-app", as "my-app" does|becomes "my-app", as "my_app" does/,
    ],
    [
      "a request above its limit",
      app("x-nexus: { resources: { requests: { cpu: 2 }, limits: { cpu: 1 } } }"),
      /the CPU request 2000m is above the limit 1000m/,
    ],
    [
      "a bad x-nexus",
      app("x-nexus: { health_check_path: health }"),
      /health_check_path: "health" is not a path that begins with \//,
    ],
    ["an unknown tag", app("command: !env X"), /the YAML tag !env is not known/],
    ["an unknown anchor", app("command: *nobody"), /Unresolved alias|there is no anchor|valid YAML/],
    ["an alias of itself", "x-a: &a [*a]\nservices: { a: { image: i } }", /contains itself|valid YAML/],
    ["extends of nothing", app("extends: base"), /services\.app\.extends: there is no service "base"/],
    [
      "a circle of extends",
      "services: { a: { image: i, extends: b }, b: { image: i, extends: a } }",
      /extends has a cycle: a -> b -> a/,
    ],
    ["an env file that is missing", app("env_file: nope.env"), /there is no file ".*nope\.env"/],
    ["a file outside", app("env_file: ../../../package.json"), /is outside of the project directory/],
    [
      "a bad health check",
      app("healthcheck: { test: [ping] }"),
      /healthcheck\.test: begins with "ping". Fix: begin the list with CMD/,
    ],
    [
      "a remote include",
      "include: ['https://example.com/c.yaml']\nservices: { a: { image: i } }",
      /include\[0\]: "https:\/\/example\.com\/c\.yaml" is not on this machine/,
    ],
  ])("%s", (_, text, problem) => {
    const problems = problemsOf(text);
    if (typeof problem === "string") expect(problems).toEqual([problem]);
    else expect(problems.join("\n")).toMatch(problem);
    for (const line of problems) expect(line).toMatch(/^[^:]+:\d+:\d+/);
  });

  it("all problems of a file are reported at once, in the order of its lines", () => {
    const text = "services:\n  a: { imge: x }\n  b: { image: 5, scale: many }\n  c: { image: '${X?}' }\n";
    expect(problemsOf(text).map((line) => line.split(":")[1])).toEqual(["2", "3", "3", "4"]);
  });

  it("all problems of all files and services are reported at once", () => {
    const base = "services:\n  a: { image: i, ports: ['80:x'] }\n  b: { image: i, env_file: no.env, scale: many }\n";
    expect(problemsOf([base, "services: { a: *b }", "- 1"]).map((line) => line.replace(/: .*/, ""))).toEqual([
      "compose.yaml:2:26 services.a.ports[0]",
      "compose.yaml:3:43 services.b.scale",
      "override-1.yaml:1:16 services.a",
      "override-2.yaml:1:1",
    ]);
    const services =
      "services:\n  a: { image: i, env_file: no.env }\n  b: { image: i, env_file: no.env }\n  c_c: { image: i, configs: [x] }\n" +
      "  c-c: { image: i, x-nexus: { resources: { requests: { cpu: 2 }, limits: { cpu: 1 } } } }\n";
    const options = { profiles: ["nope"], images: { other: "i" } };
    expect(problemsOf(services, options).map((line) => line.replace(/: .*/, ""))).toEqual([
      "compose.yaml:2:3 services.other",
      "compose.yaml:2:3 services.*.profiles",
      "compose.yaml:2:18 services.a.env_file[0]",
      "compose.yaml:3:18 services.b.env_file[0]",
      "compose.yaml:4:30 services.c_c.configs[0]",
      "compose.yaml:5:3 services.c-c",
      "compose.yaml:5:3 services.c-c",
    ]);
  });

  it.each([
    ["profiles: [debug, docs]", 'no service has the profile "nope". Fix: use one of debug, docs.'],
    ["tty: true", 'no service has the profile "nope". Fix: leave it out: no service has a profile.'],
  ])("a profile that no service has is refused: %s", (line, message) => {
    expect(problemsOf(app(line), { profiles: ["nope"] })).toEqual([`compose.yaml:2:3 services.*.profiles: ${message}`]);
    expect(problemsOf(app(line), { profiles: ["*"] })).toEqual([]);
  });

  it("thousands of nested variables are refused, with a shortened key", () => {
    const nested = `\${A:-`.repeat(5000) + "}".repeat(5000);
    expect(problemsOf(app(`command: "${nested}"`))).toEqual([
      expect.stringMatching(/^compose\.yaml:4:14 services\.app\.command: .* nests variables more than 20 levels deep/),
    ]);
    const [line = ""] = problemsOf(`services: ${"[".repeat(70)}${"]".repeat(70)}`);
    expect(line).toMatch(/^compose\.yaml:1:\d+ services(\[0\]){30}.*\.\.\.: is nested more than 60 levels deep/);
    expect(line.length).toBeLessThan(200);
  });

  it.each([
    ["Foo/Bar:latest", "foo/bar:latest"],
    ["Nginx", "nginx"],
    ["registry.example.com:5000/team/App:V1", "registry.example.com:5000/team/app:V1"],
    ["Host.example.com/a/B@sha256:" + "AB".repeat(32), "Host.example.com/a/b@sha256:" + "AB".repeat(32)],
  ])("E5: the image %s has upper case where none may be", (image, valid) => {
    const problem = `"${image}" of service "app" is not a valid image: its name has upper case. Fix: write "${valid}".`;
    const file = `services:\n  app:\n    image: \${IMAGE:-${image}}\n`;
    expect(problemsOf(file)).toEqual([`compose.yaml:3:12 services.app.image: ${problem}`]);
    expect(problemsOf(file, { environment: { IMAGE: "ok" } })).toEqual([]);
    expect(problemsOf("services: { app: { image: ok } }", { images: { app: image } }).join()).toContain(problem);
  });

  it.each(["app:V1.2-RC", "Host.example.com/a:B", "HOST:5000/a", "localhost/a", "a/b@sha256:" + "AB".repeat(32)])(
    "the image %s is accepted",
    (image) => expect(problemsOf(`services: { app: { image: "${image}" } }`)).toEqual([]),
  );

  it("a chain of extensions has a maximum length", () => {
    const chain = Array.from({ length: 60 }, (_, i) => `  s${i}: { image: i, extends: s${i + 1} }`).join("\n");
    expect(problemsOf(`services:\n${chain}\n  s60: { image: i }`).join()).toMatch(
      /extends goes on for more than 50 steps/,
    );
  });

  it("values that are as long as a file are no problem", () => {
    expect(problemsOf(app(`command: [run, "${"${A}".repeat(130_000)}"]`))).toEqual([]);
    for (const text of ["a", "'", "$$(", "a://b:", "-----BEGIN "])
      expect(problemsOf(app(`command: [run, ${JSON.stringify(`x ${text.repeat(100_000 / text.length)}`)}]`))).toEqual(
        [],
      );
  });

  it("no message shows the value of a variable", () => {
    expect(problemsOf(app("environment: { A_TOKEN: { nested: hush } }")).join()).not.toContain("hush");
  });

  it("a file of 10 MB is refused", () => {
    const text = `services: { a: { image: i } }\n#${"x".repeat(10 * 1024 * 1024)}`;
    expect(problemsOf(text)).toEqual([
      expect.stringMatching(/^compose\.yaml:1:1: has \d+ bytes; the maximum is 1048576/),
    ]);
  });

  it("aliases that expand to billions of values are refused", () => {
    const names = [..."abcdefghi"];
    const lines = names.map((name, index) => {
      const item = index === 0 ? "lol" : `*${names[index - 1] ?? ""}`;
      return `x-${name}: &${name} [${Array.from({ length: 10 }, () => item).join(", ")}]`;
    });
    expect(problemsOf(`${lines.join("\n")}\nservices: { a: { image: i } }`).join()).toMatch(
      /aliases make more than 100000 values/,
    );
  });

  it.each([
    ["lists", `${"[".repeat(5000)}${"]".repeat(5000)}`],
    ["mappings", `${"{ a: ".repeat(5000)}1${"}".repeat(5000)}`],
    ["lists of dashes", `\n  ${"- ".repeat(5000)}a`],
    ["keys with question marks", `\n  ${"? ".repeat(5000)}a`],
    ["lists without an end", "[".repeat(5000)],
  ])("thousands of nested %s are one problem with its reason", (_, nested) => {
    expect(problemsOf(`services: { a: { image: i } }\nx-deep: ${nested}\n`)).toEqual([
      expect.stringMatching(/^compose\.yaml:[23]:\d+: is nested more than 60 levels deep\. Fix: flatten it\.$/),
    ]);
  });

  it("thousands of nested brackets are refused", () => {
    expect(problemsOf(`services: ${"[".repeat(20_000)}`).join()).toMatch(/nested|no valid YAML/);
    const deep = Array.from({ length: 80 }, (_, index) => `${" ".repeat(index)}k:\n`).join("");
    expect(problemsOf(`x-deep:\n${deep.replace(/^/gm, " ")}\nservices: { a: { image: i } }`).join()).toMatch(
      /levels deep/,
    );
  });
});
