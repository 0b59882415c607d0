import { z } from "zod";
import { captureLog } from "@nexus/testkit/log-capture";
import { createApp, createRegistry, describeIssues } from "../src";

const issuesOf = (schema: z.ZodType, value: unknown) => schema.safeParse(value).error?.issues ?? [];

test("an answer names the first wrong fields, however many a request holds", () => {
  const fields = describeIssues(issuesOf(z.array(z.string()), Array<number>(5000).fill(1)), "body");
  expect(fields.length).toBeLessThan(50);
  expect(fields[0]).toMatchObject({ field: "0" });
});

test("names and messages of wrong fields are cut", () => {
  const long = "x".repeat(100_000);
  const wrong = { [long]: { a: 1 }, [`${long}y`]: 1 };
  for (const schema of [z.record(z.string(), z.string()), z.strictObject({})])
    expect(JSON.stringify(describeIssues(issuesOf(schema, wrong), "body")).length).toBeLessThan(2000);
});

test("what is wrong as a whole has the name of the whole", () => {
  expect(describeIssues(issuesOf(z.object({}), 1), "body")).toMatchObject([{ field: "body" }]);
});

async function build() {
  const { log } = captureLog("demo");
  const app = await createApp({ service: "demo", version: "1", log, registry: createRegistry("demo"), readiness: {} });
  app.post("/things", { schema: { body: z.object({ size: z.int() }) } }, async () => ({}));
  return app;
}

test.each([
  [
    "unknown names",
    `{"size":1${Array.from({ length: 80_000 }, (_, i) => `,"k${i}":1`).join("")}}`,
    "10000 members of objects",
  ],
  ["one name", `{"size":1${',"size":1'.repeat(100_000)}}`, "10000 members of objects"],
  ["names in many objects", `{"size":[${'{"a":1},'.repeat(100_000)}1]}`, "10000 members of objects"],
  ["objects", `{"size":[${"{},".repeat(200_000)}1]}`, "30000 objects and lists"],
  ["lists", `{"size":[${"[],".repeat(200_000)}1]}`, "30000 objects and lists"],
])("JSON of very many %s is refused before anything of it is read", async (_name, payload, limit) => {
  const app = await build();
  const parse = jest.spyOn(JSON, "parse");
  const headers = { "content-type": "application/json" };
  const response = await app.inject({ method: "POST", url: "/things", payload, headers });
  expect(parse.mock.calls.flat()).not.toContain(payload);
  parse.mockRestore();
  expect(response.json()).toMatchObject({ status: 400, detail: `JSON may have at most ${limit}` });
});

test("colons and brackets in texts are not counted, and as much as an object may have is read", async () => {
  const app = await build();
  const send = (payload: string) =>
    app.inject({ method: "POST", url: "/things", payload, headers: { "content-type": "application/json" } });
  const members = (count: number) => `{${'"size":1,'.repeat(count - 1)}"size":1}`;
  expect((await send(`{"size":3,"text":"${':{\\"['.repeat(50_000)}"}`)).statusCode).toBe(200);
  expect((await send(members(10_000))).statusCode).toBe(200);
  expect((await send(members(10_001))).statusCode).toBe(400);
});
