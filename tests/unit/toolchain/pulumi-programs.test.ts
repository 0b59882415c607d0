import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import * as os from "node:os";
import * as path from "node:path";
import { ensureDockerPlugin, ensureOfficialPrograms } from "../../../local/toolchain/official-download";
import { linkPlugins, linkPrograms } from "../../../local/toolchain/program-links";
import {
  dockerPlugin,
  presentPulumiPrograms,
  pulumiPrograms,
  type ReadyTool,
} from "../../../local/toolchain/pulumi-programs";
import { SDK_VERSION } from "../../../local/toolchain/shims/sdk-version";
import { silentReporter } from "../../support/silent-reporter";

const environment = { ...process.env };
let folder: string;
let home: string;
let requests: string[];
let server: http.Server;
let served: Map<string, Buffer>;

beforeEach(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "nexus-pulumi-"));
  home = path.join(folder, "home");
  process.env.XDG_CACHE_HOME = path.join(folder, "cache");
  process.env.PATH = "/usr/bin:/bin";
  delete process.env.PULUMI_PLUGIN_DOWNLOAD_URL_OVERRIDES;
  requests = [];
  served = new Map();
  server = http.createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    const body = served.get(request.url ?? "");
    response.writeHead(body ? 200 : 404).end(request.method === "GET" ? body : undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});

afterEach(async () => {
  process.env = { ...environment };
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  fs.rmSync(folder, { recursive: true });
});

function write(file: string, text = "#!/bin/sh\n"): string {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, text, { mode: 0o755 });
  return file;
}

/** A CLI that knows `version` and installs plugins by making their folder, beside a language host. */
function fakeCli(target: string, version: string): void {
  const install = `d="$PULUMI_HOME/plugins/resource-$4-v$5"; mkdir -p "$d"; echo "$*" > "$d/pulumi-resource-$4"; chmod +x "$d/"*`;
  write(path.join(target, "pulumi"), `#!/bin/sh\nif [ "$1" = version ]; then echo ${version}; else ${install}; fi\n`);
  write(path.join(target, "pulumi-language-nodejs"));
}

const CLI_ARCHIVE = `/sdk/pulumi-v${SDK_VERSION}-${process.platform}-${process.arch}.tar.gz`;

/** Serves the CLI; archives of plugins only exist, because the fake CLI makes the plugins. */
function serveEverything(): void {
  fakeCli(path.join(folder, "release/pulumi"), `v${SDK_VERSION}`);
  served.set(CLI_ARCHIVE, execFileSync("tar", ["-cz", "-C", path.join(folder, "release"), "pulumi"]));
  const architecture = process.arch === "x64" ? "amd64" : process.arch;
  for (const { program, version } of pulumiPrograms)
    served.set(`/plugins/${program}-v${version}-${process.platform}-${architecture}.tar.gz`, Buffer.from("x"));
}

function origin(): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function ensure(
  now: () => number = Date.now,
  builtCli = (): Promise<string> => Promise.reject(new Error("nothing is to be built")),
) {
  const site = { cli: `${origin()}/sdk`, plugins: `${origin()}/plugins` };
  return ensureOfficialPrograms({ reporter: silentReporter, site, builtCli, home, now });
}

const sources = (tools: readonly ReadyTool[]) => Object.fromEntries(tools.map(({ name, source }) => [name, source]));

test("the versions are those of the program's SDKs", () => {
  const { dependencies } = JSON.parse(fs.readFileSync("package.json", "utf8")) as {
    dependencies: Record<string, string>;
  };
  for (const { plugin, version } of [...pulumiPrograms, dockerPlugin])
    expect(dependencies[`@pulumi/${plugin?.kind === "resource" ? plugin.name : "pulumi"}`]).toBe(version);
});

test("the user's own programs in the right version are used first, without network requests", async () => {
  fakeCli(path.join(folder, "opt"), `v${SDK_VERSION}`);
  process.env.PATH = `${folder}/opt:/usr/bin:/bin`;
  for (const { program, version, plugin } of pulumiPrograms)
    write(path.join(home, `.pulumi/plugins/resource-${plugin?.name}-v${version}`, program));
  const tools = await ensure();
  expect(new Set(Object.values(sources(tools)))).toEqual(new Set(["found"]));
  expect(tools).toHaveLength(pulumiPrograms.length);
  expect(requests).toEqual([]);
});

test("another version, an incomplete plugin and a CLI without its language host are not used", async () => {
  fakeCli(path.join(folder, "opt"), "v3.275.0");
  fakeCli(path.join(folder, "lone"), `v${SDK_VERSION}`);
  fs.rmSync(path.join(folder, "lone/pulumi-language-nodejs"));
  const plugins = path.join(home, ".pulumi/plugins");
  write(path.join(plugins, "resource-kubernetes-v4.24.0/pulumi-resource-kubernetes"));
  write(path.join(plugins, "resource-random-v4.21.2/pulumi-resource-random"));
  write(path.join(plugins, "resource-random-v4.21.2.partial"));
  for (const name of ["opt", "lone"]) {
    process.env.PATH = `${folder}/${name}:/usr/bin:/bin`;
    await expect(presentPulumiPrograms(home)).resolves.toEqual([]);
  }
});

test("missing programs are downloaded once, plugins by the engine's own installer", async () => {
  serveEverything();
  const tools = await ensure();
  expect(tools).toHaveLength(pulumiPrograms.length);
  expect(new Set(Object.values(sources(tools)))).toEqual(new Set(["official"]));
  const random = tools.find((tool) => tool.name === "pulumi-resource-random")?.files[0] ?? "";
  expect(random).toContain("cache/nexus/official/plugins/resource-random-v4.21.2/");
  expect(fs.readFileSync(random, "utf8")).toBe(
    `plugin install resource random 4.21.2 --exact --server ${origin()}/plugins\n`,
  );
  expect(fs.existsSync(path.join(home, ".pulumi"))).toBe(false);
  requests = [];
  expect(sources(await ensure())).toEqual(sources(tools));
  expect(requests).toEqual([]);
});

test("download URL overrides are left to the engine, without another server", async () => {
  serveEverything();
  process.env.PULUMI_PLUGIN_DOWNLOAD_URL_OVERRIDES = `.*=${origin()}/mirror`;
  const random = (await ensure()).find((tool) => tool.name === "pulumi-resource-random")?.files[0] ?? "";
  expect(fs.readFileSync(random, "utf8")).toBe("plugin install resource random 4.21.2 --exact\n");
});

test("a failed download is remembered for a day, and then tried again", async () => {
  let now = 1_000_000;
  await expect(ensure(() => now)).resolves.toEqual([]);
  expect(requests.length).toBeGreaterThan(0);
  requests = [];
  now += 23 * 3600_000;
  await expect(ensure(() => now)).resolves.toEqual([]);
  expect(requests).toEqual([]);
  now += 2 * 3600_000;
  serveEverything();
  await expect(ensure(() => now)).resolves.toHaveLength(pulumiPrograms.length);
});

test("if only the CLI cannot be downloaded, a built one installs the plugins", async () => {
  serveEverything();
  served.set(CLI_ARCHIVE, Buffer.from("no archive"));
  fakeCli(path.join(folder, "built"), `v${SDK_VERSION}`);
  const tools = await ensure(Date.now, async () => path.join(folder, "built/pulumi"));
  expect(sources(tools)).toEqual({
    "pulumi-resource-kubernetes": "official",
    "pulumi-resource-docker-build": "official",
    "pulumi-resource-random": "official",
  });
});

function tool(name: string, version: string): ReadyTool {
  return { name, version, source: "built", files: [write(path.join(folder, `tools-${version}`, name))] };
}

test("plugins are in the engine's folders and not on the PATH, where the engine would warn about them", () => {
  const binDir = linkPrograms([tool("kubectl", "1"), tool("pulumi-resource-random", "1")]);
  expect(fs.readdirSync(binDir).sort()).toEqual(["kubectl", "plugins"]);
  const plugins = path.join(home, "plugins");
  linkPlugins(binDir, home);
  // The engine skips a plugin folder that is a link.
  expect(fs.lstatSync(path.join(plugins, "resource-random-v4.21.2")).isDirectory()).toBe(true);
  const program = path.join(plugins, "resource-random-v4.21.2/pulumi-resource-random");
  expect(fs.realpathSync(program)).toBe(path.join(folder, "tools-1/pulumi-resource-random"));
});

test("another recipe replaces the links and removes unused ones; programs that somebody installed there stay", () => {
  const plugins = path.join(home, "plugins");
  const installed = write(path.join(plugins, "resource-docker-v5.2.0/pulumi-resource-docker"));
  const unused = path.join(plugins, "resource-random-v4.0.0");
  fs.mkdirSync(unused, { recursive: true });
  fs.symlinkSync("/gone", path.join(unused, "pulumi-resource-random"));
  for (const version of ["1", "2"]) linkPlugins(linkPrograms([tool("pulumi-resource-random", version)]), home);
  const program = path.join(plugins, "resource-random-v4.21.2/pulumi-resource-random");
  expect(fs.realpathSync(program)).toBe(path.join(folder, "tools-2/pulumi-resource-random"));
  expect(fs.existsSync(installed)).toBe(true);
  expect(fs.existsSync(unused)).toBe(false);
});

describe("the plugin of the Docker builder", () => {
  const ensureDocker = () => {
    const site = { cli: `${origin()}/sdk`, plugins: `${origin()}/plugins` };
    const builtCli = () => Promise.resolve(path.join(folder, "release/pulumi/pulumi"));
    return ensureDockerPlugin({ reporter: silentReporter, site, builtCli, home });
  };
  const { program, version } = dockerPlugin;

  test("P1: is the user's own, from the plugins or from PATH", async () => {
    write(path.join(folder, "opt", program));
    process.env.PATH = `${folder}/opt:/usr/bin:/bin`;
    expect(await ensureDocker()).toMatchObject({ source: "found", files: [path.join(folder, "opt", program)] });
    const installed = path.join(home, `.pulumi/plugins/resource-docker-v${version}`, program);
    write(installed);
    expect(await ensureDocker()).toMatchObject({ source: "found", files: [installed] });
    expect(requests).toEqual([]);
  });

  test("P1: is downloaded if Pulumi's site can be reached, and linked for the engine", async () => {
    serveEverything();
    const architecture = process.arch === "x64" ? "amd64" : process.arch;
    served.set(`/plugins/${program}-v${version}-${process.platform}-${architecture}.tar.gz`, Buffer.from("x"));
    const tool = await ensureDocker();
    expect(tool).toMatchObject({ name: program, version, source: "official" });
    const binDir = linkPrograms([tool]);
    expect(fs.readdirSync(path.join(binDir, "plugins"))).toEqual([`resource-docker-v${version}`]);
  });

  test("P1: that cannot be obtained is an error that says what to do", async () => {
    await expect(ensureDocker()).rejects.toThrow(
      /"docker" needs the plugin pulumi-resource-docker 5\.2\.0, .* cannot be downloaded\. Fix: pulumi plugin install .* set nexus:images\.builder to buildkit in the stack's file\.$/,
    );
  });
});
