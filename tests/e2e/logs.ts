import { kubectl } from "./platform";

const WITH_DATABASE = ["workspace-kernel", "graphstudio-backend"];

const logsOf = (namespace: string, name: string, lines: number) =>
  kubectl(namespace, "logs", "--selector", `app.kubernetes.io/name=${name}`, `--tail=${lines}`);

/**
 * The newest lines of each service are JSON with the agreed fields, report the start and the port, and contain no
 * error.
 */
export async function expectServiceLogs(namespace: string, services: readonly string[], lines: number): Promise<void> {
  for (const service of services) {
    const entries = (await logsOf(namespace, service, lines))
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    for (const entry of entries) {
      expect(Object.keys(entry)).toEqual(
        expect.arrayContaining(["timestamp", "level", "service", "message", "workspaceId", "userId"]),
      );
      expect(entry.timestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    }
    expect([service, entries.filter((entry) => entry.level === "error")]).toEqual([service, []]);
    const messages = entries.map((entry) => String(entry.message)).join("\n");
    expect(messages).toContain("starting");
    expect(messages).toMatch(/listening on port \d+/);
    if (WITH_DATABASE.includes(service)) expect(messages).toContain("database connected");
  }
}

/** PostgreSQL's answer to a probe that comes while it starts, which takes seconds on a busy machine. */
const STARTING_UP = / FATAL: {2}the database system is starting up$/;

/** Database and cache log that they started, and no error. */
export async function expectDataLogs(namespace: string): Promise<void> {
  for (const service of ["postgres", "redis"]) {
    const text = await logsOf(namespace, service, 200);
    expect([service, text]).toEqual([service, expect.stringMatching(/ready to accept connections/i)]);
    const errors = text.split("\n").filter((line) => /\b(ERROR|FATAL|PANIC)\b/.test(line) && !STARTING_UP.test(line));
    expect([service, errors]).toEqual([service, []]);
  }
}
