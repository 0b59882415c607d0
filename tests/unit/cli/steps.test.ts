import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { runBeside, runStep } from "../../../cli/steps";
import { waitFor } from "@nexus/host";

let folder: string;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "nexus-steps-"));
  jest.spyOn(process.stdout, "write").mockReturnValue(true);
});
afterEach(() => {
  jest.restoreAllMocks();
  fs.rmSync(folder, { recursive: true });
});

test.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)(
  "%s to a command ends its step, with everything that the step has started",
  async (signal) => {
    const file = path.join(folder, "pid");
    // A shell in the background ignores SIGINT; a program of its own does not.
    const command = `node -e 'setInterval(() => {}, 1000); fs.writeFileSync("${file}", String(process.pid))'; true`;
    const step = runStep({ title: "Long work", command: ["sh", "-c", command] });
    const pid = await waitFor(
      "The step's own process",
      30,
      async () => Number(fs.readFileSync(file, "utf8")) || undefined,
    );
    process.emit(signal, signal);
    await expect(step).rejects.toThrow("Long work was stopped.");
    await waitFor("The end of what the step started", 10, async () =>
      fs.existsSync(`/proc/${pid}`) ? undefined : true,
    );
    expect(process.listenerCount(signal)).toBe(0);
  },
);

test("a signal after the end of a step, but before the end of its output, is not an error", async () => {
  const file = path.join(folder, "pid");
  // A program in another session keeps the output open.
  const command = `setsid sleep 2 & echo $$ > ${file}`;
  const steps = runBeside([{ title: "Beside", command: ["sh", "-c", command] }], {
    title: "Work",
    command: ["true"],
  });
  const pid = await waitFor(
    "The step's own process",
    30,
    async () => Number(fs.readFileSync(file, "utf8")) || undefined,
  );
  await waitFor("The end of the step's process", 10, async () => (fs.existsSync(`/proc/${pid}`) ? undefined : true));
  process.emit("SIGINT", "SIGINT");
  await expect(steps).resolves.toBeUndefined();
});

test("a step has a folder for its temporary files, which is removed with it, and leaves no listener", async () => {
  const file = path.join(folder, "where");
  const command = `mktemp > ${file}; stat -c %a "$TMPDIR" >> ${file}`;
  await runStep({ title: "Short work", command: ["sh", "-c", command] });
  const [made = "", mode] = fs.readFileSync(file, "utf8").trim().split("\n");
  expect(path.dirname(path.dirname(made))).toBe(os.tmpdir());
  expect(mode).toBe("755");
  expect(fs.existsSync(path.dirname(made))).toBe(false);
  expect(process.listenerCount("SIGINT") + process.listenerCount("SIGTERM")).toBe(0);
});
