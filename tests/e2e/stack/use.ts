import { descriptor, kubectl } from "../platform";
import { useStudio } from "../studio";
import { NAMESPACE, OWN_SERVICES } from "./pods";

const MINUTE = 60_000;
const WITH_DATABASE = ["workspace-kernel", "graphstudio-backend"];

/** What people do with it and what the logs say of it. */
export function useTests(): void {
  test(
    "A12 B20 P2: a person signs up, creates a workspace and runs code whose state is kept",
    async () => {
      const results = await useStudio(descriptor.urls.studio, ["let n = 41; n + 1", "n + 1"]);
      expect(results).toEqual(["42", "42"]);
    },
    3 * MINUTE,
  );

  test(
    "B3 B22 B28: the services' logs are JSON with the agreed fields, say what started, and hold no error",
    async () => {
      for (const service of OWN_SERVICES) {
        const text = await kubectl(NAMESPACE, "logs", "--selector", `app.kubernetes.io/name=${service}`, "--tail=500");
        const entries = text
          .trim()
          .split("\n")
          .map((line) => JSON.parse(line) as Record<string, unknown>);
        for (const entry of entries) {
          expect(Object.keys(entry)).toEqual(
            expect.arrayContaining(["timestamp", "level", "service", "message", "workspaceId", "userId"]),
          );
          expect(entry.timestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
        }
        expect(entries.filter((entry) => entry.level === "error")).toEqual([]);
        const messages = entries.map((entry) => String(entry.message)).join("\n");
        expect(messages).toContain("starting");
        expect(messages).toMatch(/listening on port \d+/);
        if (WITH_DATABASE.includes(service)) expect(messages).toContain("database connected");
      }
      for (const service of ["postgres", "redis"]) {
        const text = await kubectl(NAMESPACE, "logs", "--selector", `app.kubernetes.io/name=${service}`, "--tail=200");
        expect(text).toMatch(/ready to accept connections/i);
        expect(text).not.toMatch(/^.*\b(ERROR|FATAL|PANIC)\b.*$/m);
      }
    },
    MINUTE,
  );
}
