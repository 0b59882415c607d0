import * as fs from "node:fs";
import * as path from "node:path";
import { containerOf, lossKeys } from "./support";
import { ProjectFolder } from "./project-folder";

const builds = { repository: "registry.example.com/compose/shop", tag: "dev", inlineDockerfiles: true };
let folder: ProjectFolder;
afterEach(() => folder.remove());

function project(services: string, files: Readonly<Record<string, string>> = {}) {
  folder = new ProjectFolder({
    "compose.yaml": `services: { ${services} }`,
    "api/Dockerfile": "FROM scratch",
    "api/prod.Dockerfile": "FROM scratch",
    ...files,
  });
  return folder;
}
const convert = (services: string, environment: Record<string, string> = {}) =>
  project(services).convert({ builds, environment });
const problems = (services: string, more: object = {}) => project(services).problems({ builds, ...more });

describe("E5: build", () => {
  it("is built with its stage, Dockerfile and arguments, and named after project and service", () => {
    const result = convert(
      "My_api: { build: { context: api, dockerfile: prod.Dockerfile, target: run, args: [VERSION=2, FROM_SHELL, NOT_SET, EMPTY=] } }",
      { FROM_SHELL: "yes" },
    );
    const image = "registry.example.com/compose/shop/my-api:dev";
    expect(result.builds).toEqual([
      {
        service: "My_api",
        image,
        context: folder.path("api"),
        dockerfile: { file: folder.path("api/prod.Dockerfile") },
        target: "run",
        args: { VERSION: "2", FROM_SHELL: "yes", EMPTY: "" },
        secretArgs: [],
      },
    ]);
    expect(containerOf(result, "my-api").image).toBe(image);
    expect(result.losses.filter(({ key }) => key.startsWith("build"))).toEqual([]);
  });

  it("uses the file's own folder if it names no context, also in an included or extended file", () => {
    project("web: { extends: { file: api/base.yaml, service: base } }", {
      "api/base.yaml": "services: { base: { build: . } }",
      Dockerfile: "FROM scratch",
    });
    expect(folder.convert({ builds }).builds[0]?.context).toBe(folder.path("api"));
    folder.write({ "compose.yaml": "services: { web: { build: { args: { A: 1 } } } }" });
    expect(folder.convert({ builds }).builds).toMatchObject([
      { context: folder.path("."), dockerfile: { file: folder.path("Dockerfile") }, args: { A: "1" } },
    ]);
    folder.write({ "compose.yaml": "include: [api/base.yaml]" });
    expect(folder.convert({ builds }).builds[0]?.context).toBe(folder.path("api"));
  });

  it("accepts the text of a Dockerfile if the builder does", () => {
    const service = 'a: { build: { context: api, dockerfile_inline: "FROM x\\nRUN y\\n" } }';
    expect(convert(service).builds[0]?.dockerfile).toEqual({ text: "FROM x\nRUN y\n" });
    folder.remove();
    expect(problems(service, { builds: { ...builds, inlineDockerfiles: false } })).toEqual([
      expect.stringMatching(/dockerfile_inline: needs images\.builder "buildkit"\. Fix: write it to a file/),
    ]);
  });

  it.each([
    ["an image beside it is taken", "image: r/a:1", "r/a:1", ["a build"]],
    ["an image beside it names what is built", "image: r/a:1, pull_policy: build", undefined, []],
    ["an image that is set", 'pull_policy: build, x-nexus: { image: "r/b:2" }', "r/b:2", ["a pull_policy", "a build"]],
    ["an image that a variable leaves empty is none", 'image: "${NONE}"', undefined, ["a image"]],
  ])("%s", (_, more, image, losses) => {
    const result = convert(`a: { build: { context: api, cache_from: [x] }, expose: ["80"], ${more} }`);
    expect(containerOf(result, "a").image).toBe(image ?? `${builds.repository}/a:dev`);
    expect(result.builds).toHaveLength(image ? 0 : 1);
    expect(lossKeys(result).sort()).toEqual([...losses, ...(image ? [] : ["a build.cache_from"])].sort());
  });

  it.each([
    ["build: ../other", /a\.build\.context: ".*other" is outside of the project directory\. Fix: move it there/],
    ["build: none", /a\.build\.context: there is no directory ".*none"\. Fix: create it/],
    ["build: api/Dockerfile", /a\.build\.context: there is no directory/],
    ["build: https://github.com/a/b.git", /a\.build\.context: "https:.*" is not on this machine\. Fix: copy it/],
    ["build: { context: 'github.com/a/b#main:dir' }", /is not on this machine/],
    ["build: { context: 'git@github.com:a/b.git' }", /is not on this machine/],
    ["build: { context: api, dockerfile: ../../x }", /a\.build\.dockerfile: ".*x" is outside of the project directory/],
    ["build: { context: api, dockerfile: /etc/passwd }", /a\.build\.dockerfile: "\/etc\/passwd" is outside/],
    ["build: { context: api, dockerfile: none }", /a\.build\.dockerfile: there is no file ".*none"/],
    ["build: { context: link }", /a\.build\.context: ".*link" is outside of the project directory/],
    ["build: { context: api, dockerfile: x, dockerfile_inline: FROM y }", /dockerfile_inline: stands beside/],
  ])("%s is refused", (build, message) => {
    project(`a: { ${build} }`);
    fs.symlinkSync("/etc", path.join(folder.path("."), "link"));
    const found = folder.problems({ builds });
    expect(found).toEqual([expect.stringMatching(message)]);
  });

  it("E21: a secret argument is named, and its value is in no report", () => {
    const result = convert(
      'a: { build: { context: api, args: { DB_PASSWORD: "${PASS}", NPM: ghp_abcdefghijklmnopqrstuvwx, A: b } } }',
      {
        PASS: "walnut-tide-58",
      },
    );
    expect(result.builds[0]?.secretArgs).toEqual(["DB_PASSWORD", "NPM"]);
    expect(result.losses.filter(({ key }) => key === "build.args").map(({ value }) => value)).toEqual([
      "DB_PASSWORD",
      "NPM",
    ]);
    expect(JSON.stringify([result.losses, result.objects])).not.toMatch(/walnut-tide-58|ghp_abc/);
  });

  it("of a service without an active profile is not checked", () => {
    const result = convert("a: { image: i, expose: ['80'] }, b: { profiles: [x], build: none }");
    expect(result.builds).toEqual([]);
    expect(result.losses).toEqual([]);
  });
});
