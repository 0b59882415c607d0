import { startTracing } from "@nexus/service";
import { captureLog } from "@nexus/testkit/log-capture";
import { type OtlpReceiver, startOtlpReceiver } from "@nexus/testkit/otlp-receiver";
import { createClient, startWorld, type World } from "./harness";

let world: World;
let receiver: OtlpReceiver;
let stop: () => Promise<void> = async () => undefined;

beforeAll(async () => {
  [world, receiver] = await Promise.all([startWorld(), startOtlpReceiver()]);
}, 60_000);
afterAll(async () => {
  await stop();
  await world?.stop();
  await receiver?.stop();
});

test("A60: one trace follows a request over the relay to the owner, into the sandbox and to the commit", async () => {
  const env = { TRILOG_ENABLED: true, OTEL_ENDPOINT: receiver.url, POD_NAME: "p", SERVICE_VERSION: "1" };
  stop = await startTracing(env, "workspace-kernel", captureLog("test").log);
  const [owner, other] = [await world.start(), await world.start()];
  const client = createClient();
  const id = await client.create(owner);
  await client.run(other, id, "let secretName = 41");
  await owner.holder.drain();
  await client.run(other, id, "secretName + 1");
  await client.call(other, "POST", `/${id}/snapshots`, { name: "s" });
  await stop();

  const relay = receiver.span("relay");
  const trace = receiver.spans.filter(({ traceId }) => traceId === relay.traceId);
  const below = (parent: string | undefined) => trace.filter(({ parentSpanId }) => parentSpanId === parent);
  const route = "POST /api/v1/workspaces/:workspaceId/execute";
  const [asked] = below(undefined);
  expect(asked).toMatchObject({ name: route, service: "workspace-kernel", facts: { "nexus.workspace.id": id } });
  expect(below(asked?.spanId)).toEqual([relay]);
  const [served, ...more] = below(relay.spanId);
  expect([served?.name, more]).toEqual([route, []]);
  expect(below(served?.spanId).map(({ name }) => name)).toEqual(["execute", "commit"]);

  const resumes = receiver.spans.filter(({ name }) => name === "resume");
  expect(resumes.map(({ facts }) => facts["nexus.workspace.id"])).toEqual([id]);
  expect(receiver.span("snapshot").facts).toMatchObject({ "nexus.workspace.id": id });
  expect(receiver.text()).not.toMatch(/secretName|@example/);
});
