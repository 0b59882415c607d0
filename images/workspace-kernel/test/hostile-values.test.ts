import { readFileSync } from "node:fs";
import { join } from "node:path";
import { MAX_JSON_CONTAINERS, MAX_JSON_DEPTH, MAX_JSON_MEMBERS } from "@nexus/contract";
import { createClient, startWorld, type TestKernel, type World } from "./harness";
import { createSocketClients } from "./socket-client";

let world: World;
let owner: TestKernel;
let other: TestKernel;
const client = createClient();
const { connect, closeAll } = createSocketClients();

beforeAll(async () => {
  world = await startWorld();
  [owner, other] = [await world.start(), await world.start()];
}, 60_000);
afterEach(closeAll);
afterAll(() => world?.stop());

const LIMIT = `${MAX_JSON_DEPTH} levels`;
const nested = (levels: number) => `${"[".repeat(levels)}${"]".repeat(levels)}`;
const panelsOf = async (id: string) => await client.call(owner, "GET", `/${id}/panels`);

test.each([MAX_JSON_DEPTH + 1, 5000, 30_000])(
  "an input of %d levels is refused with the limit before anything reads it",
  async (levels) => {
    const id = await client.create(owner);
    await client.call(owner, "PUT", `/${id}/handlers/h`, { code: "return 1" });
    const url = `/api/v1/workspaces/${id}/handlers/h/invoke`;
    const headers = { authorization: `Bearer ${client.token}`, "content-type": "application/json" };
    const payload = `{"input":${nested(levels)}}`;
    const answer = await owner.app.inject({ method: "POST", url, headers, payload });
    expect([answer.statusCode, answer.body]).toEqual([400, expect.stringContaining(LIMIT)]);
    const socket = await connect(owner, client.token);
    const about = `"id":"deep","workspaceId":"${id}"`;
    socket.send(`{"type":"invoke",${about},"handler":"h","input":${nested(levels)}}`);
    expect(await socket.next("error")).toMatchObject({
      code: "validation_failed",
      detail: expect.stringContaining(LIMIT) as string,
    });
    socket.send({ type: "ping" });
    await socket.next("pong");
  },
);

test("a message of very many names is refused before it is parsed, and its socket goes on", async () => {
  const socket = await connect(owner, client.token);
  const parse = jest.spyOn(JSON, "parse");
  const message = `{"type":"ping"${Array.from({ length: 10_001 }, (_, i) => `,"${i}":1`).join("")}}`;
  socket.send(message);
  const refused = await socket.next("error");
  expect(parse).not.toHaveBeenCalledWith(message);
  parse.mockRestore();
  expect(refused).toMatchObject({
    code: "validation_failed",
    detail: "JSON may have at most 10000 members of objects",
  });
  socket.send({ type: "ping" });
  await socket.next("pong");
});

test("the documentation states the limits", () => {
  const guide = readFileSync(join(__dirname, "../../../docs/workspaces.md"), "utf8");
  expect(guide).toContain(`nested at most ${LIMIT} deep`);
  expect(guide).toContain(
    `at most ${MAX_JSON_MEMBERS} members of objects and ${MAX_JSON_CONTAINERS} objects and lists`,
  );
});

test("an input of as many levels as there may be arrives, and is given back", async () => {
  const id = await client.create(owner);
  await client.call(owner, "PUT", `/${id}/handlers/h`, { code: "return input" });
  const input = JSON.parse(nested(MAX_JSON_DEPTH - 1)) as unknown;
  const { body } = await client.call(owner, "POST", `/${id}/handlers/h/invoke`, { input });
  expect(body).toMatchObject({ result: input, truncated: false });
});

test.each(["view.set('p', deep)", "view.update('p', { deep })", "emit('e', deep)", "state.set('k', deep)"])(
  "what is nested too deeply stays inside, as an error of its code: %s",
  async (call) => {
    const id = await client.create(owner);
    const deepest = `let deep = 0; for (let i = 0; i < ${MAX_JSON_DEPTH + 1}; i++) deep = { deep }`;
    const { error } = await client.run(owner, id, `${deepest}; ${call}`);
    expect(error).toMatchObject({ name: "LimitError", message: expect.stringContaining(LIMIT) as string });
    expect(await panelsOf(id)).toMatchObject({ status: 200, body: { items: [] } });
  },
);

test("a result that is nested too deeply is left out as one that is too large is", async () => {
  const id = await client.create(owner);
  const deep = "let deep = 0; for (let i = 0; i < 1000; i++) deep = { deep }; deep";
  expect(await client.run(owner, id, deep)).toMatchObject({ result: null, truncated: true, resultType: "object" });
});

/** Makes `stringify` of the arrays that a call might be put into give a text that is no JSON, or more than one value. */
const forge = (text: string) => `
  Array.prototype.toJSON = function () { const r = this.slice(0); r.toJSON = null;
    if (r[0] === 'evil') r[1] = ${JSON.stringify(text)}; return r };
  emit('evil', 1); view.set('evil', 1); delete Array.prototype.toJSON`;

test.each(["{bad json", '1},{"type":"stopped"', ""])(
  "what code puts in the way of its own values decides nothing outside: %j",
  async (text) => {
    const id = await client.create(owner);
    const socket = await connect(other, client.token);
    socket.send({ type: "subscribe", workspaceId: id });
    await socket.next("panels");
    await client.run(owner, id, forge(text));
    await client.run(owner, id, "view.set('good', 1)");
    expect(await socket.next("patch", { panel: "good" })).toMatchObject({ value: 1 });
    const said = socket.messages.filter(({ type }) => type === "event" || type === "patch");
    expect(said).toMatchObject([
      { type: "event", name: "evil", payload: 1 },
      { type: "patch", panel: "evil", value: 1 },
      { type: "patch", panel: "good", value: 1 },
    ]);
    expect(await panelsOf(id)).toMatchObject({ status: 200, body: { items: [{ state: 1 }, { state: 1 }] } });
  },
);

test("what an earlier version kept and cannot be read is left out, and everything else goes on", async () => {
  const id = await client.create(owner);
  await client.run(owner, id, "view.set('good', 1); view.set('bad', 2); state.set('good', 1); emit('e', 1)");
  await client.call(owner, "POST", `/${id}/stop`);
  const texts = JSON.stringify({ good: "1", bad: "{bad json", deep: nested(4000) });
  await world.postgres.query(`update kernel.workspace_data set panels = '${texts}', state = '${texts}'`);
  await world.postgres.query("update kernel.stream_entries set payload = '{bad json' where seq = 2");
  await client.call(owner, "POST", `/${id}/resume`);
  const items = [{ name: "good", state: 1 }];
  expect(await panelsOf(id)).toMatchObject({ status: 200, body: { items } });
  expect((await client.call(owner, "GET", `/${id}/panels/bad`)).status).toBe(404);
  for (const [kernel, since] of [
    [owner, 0],
    [other, 1],
  ] as const) {
    const socket = await connect(kernel, client.token);
    socket.send({ type: "subscribe", workspaceId: id, since });
    expect(await socket.next("panels")).toMatchObject({ panels: { good: 1 } });
  }
  expect(await client.run(owner, id, "[state.keys(), view.get('bad'), view.get('good')]")).toMatchObject({
    result: [["good"], null, 1],
  });
  await client.run(owner, id, "view.set('bad', 3)");
  expect(await panelsOf(id)).toMatchObject({ body: { items: [{ state: 1 }, { name: "bad", state: 3 }] } });
});
