import * as fs from "node:fs";
import { execFileSync } from "node:child_process";
import { discoverCommand, type DiscoverCommandOptions } from "../../../cli/commands/discover";
import { startCluster, type TestCluster } from "./cluster";

/** Each test makes a dozen requests and handshakes; a busy machine may take its time. */
jest.setTimeout(60_000);

let cluster: TestCluster;
let kubeconfig: string;
let folder: TestCluster["folder"];
beforeAll(async () => {
  cluster = await startCluster();
  ({ kubeconfig, folder } = cluster);
});
afterAll(() => cluster.stop());

describe("npm run discover", () => {
  async function run(options: Partial<DiscoverCommandOptions>): Promise<{ out: string; err: string }> {
    const text = { out: "", err: "" };
    const out = jest.spyOn(process.stdout, "write").mockImplementation((chunk) => ((text.out += String(chunk)), true));
    const err = jest.spyOn(process.stderr, "write").mockImplementation((chunk) => ((text.err += String(chunk)), true));
    const defaults = {
      context: "prod",
      kubeconfig,
      reach: "typed",
      allowUnconfirmed: false,
      timeout: "60",
      json: false,
    };
    try {
      await discoverCommand({ ...defaults, ...options });
    } finally {
      out.mockRestore();
      err.mockRestore();
    }
    return text;
  }

  it("prints what it found, and E8: the variables of a compose file with their sources", async () => {
    const compose = folder.path("compose.yaml");
    fs.writeFileSync(
      compose,
      `services: { api: { environment: {
        REDIS_URL: "redis://redis:6379/1", QDRANT_URL: "http://qdrant:6333", NEO4J_URI: "bolt://u:s3cret@graph", LOG_LEVEL: info,
        DATABASE_URL: "postgres://app:s3cret@db/app" } } }`,
    );
    const settings = folder.path("settings.env");
    fs.writeFileSync(settings, "NEO4J_URI=bolt://u:s3cret@stored\n");
    const { out, err } = await run({ compose, settings, set: ["QDRANT_URL=http://mine"], variable: ["MONGO_URL"] });
    expect(out).toMatch(/^KIND +SERVICE +TYPE +ENDPOINT +STATE +WHY\n/);
    expect(out).toMatch(
      /\nredis +team-a\/cache +ClusterIP +cache\.team-a\.svc\.cluster\.local:6379 +confirmed +answers PING/,
    );
    expect(out).toMatch(/\npostgres +team-a\/shop .* refuted +answered like an HTTP server/);
    const rows = out
      .split("\n\n")[1]
      ?.trim()
      .split("\n")
      .map((line) => line.split(/ {2,}/));
    expect(rows).toEqual([
      ["VARIABLE", "VALUE", "SOURCE", "FROM"],
      ["REDIS_URL", "redis://cache.team-a.svc.cluster.local:6379/1", "discovery", "redis team-a/cache (confirmed)"],
      ["QDRANT_URL", "http://mine", "manual"],
      ["NEO4J_URI", "bolt://***@stored", "settings"],
      ["DATABASE_URL", "postgres://***@db/app", "default"],
      ["MONGO_URL", `mongodb://127.0.0.1:${cluster.mongoPort}`, "discovery", "mongo team-a/mongo (confirmed)"],
    ]);
    expect(`${out}${err}`).not.toContain("s3cret");
    expect(err).toContain("NEO4J_URI: the credentials of the compose default were left out");
  });

  it("prints one JSON document with --json", async () => {
    const { out } = await run({ json: true, variable: ["REDIS_HOST"], reach: "cluster" });
    expect(JSON.parse(out)).toMatchObject({
      cluster: {
        status: "connected",
        infra_scans: { "team-a": { redis: { found: true }, postgres: { found: false } } },
      },
      variables: { REDIS_HOST: { source: "discovery", from: "redis team-a/cache (confirmed)" } },
      discovered: { REDIS_HOST: "cache.team-a.svc.cluster.local" },
      notes: [],
    });
  });

  it.each<[Partial<DiscoverCommandOptions>, string]>([
    [{ reach: "far" }, "--reach far is not known. Fix: --reach typed or --reach cluster"],
    [{ timeout: "1m" }, "--timeout 1m is not a whole number of seconds. Fix: --timeout 60"],
    [{ set: ["X"] }, "--set X has no name and value. Fix: --set NAME=value"],
    [{ use: ["mysql=db"] }, "--use mysql=... names no kind. Fix: one of mongo, redis, postgres, qdrant, neo4j"],
    [
      { use: ["postgres=shop"] },
      'There is no postgres at Service "shop" that may be bound. Fix: see the reasons in the table of findings',
    ],
    [
      { compose: "/nowhere.yaml" },
      "--compose /nowhere.yaml cannot be read: ENOENT: no such file or directory, open '/nowhere.yaml'",
    ],
  ])("refuses %j", async (options, message) => {
    await expect(run(options)).rejects.toThrow(message);
  });

  it("does not wait for a pipe that nobody writes to", async () => {
    execFileSync("mkfifo", [folder.path("pipe")]);
    await expect(run({ settings: folder.path("pipe") })).rejects.toThrow(
      `--settings ${folder.path("pipe")} cannot be read: it is not a file`,
    );
  });
});
