import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { waitFor } from "@nexus/testkit/server-process";
import { AuditStore } from "../src/store/audit-store";
import { BackendWorld, Browser } from "./backend-world";

let world: BackendWorld;
beforeAll(async () => {
  world = await BackendWorld.start();
});
afterAll(() => world?.stop());

interface Person extends Browser {
  readonly tenantId: string;
}

async function signUp(): Promise<Person> {
  const browser = new Browser(world);
  const { tenantId } = (await browser.signUp()).body.user as { tenantId: string };
  return Object.assign(browser, { tenantId });
}

const statusOf = async (person: Person, path: string) => (await person.ask("GET", path)).status;

test("of a person's requests some are worked on at a time and the others wait, while other people are answered", async () => {
  const [greedy, modest] = [await signUp(), await signUp()];
  let release: () => void = () => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  const find = jest.spyOn(AuditStore.prototype, "find").mockImplementation(async () => {
    await released;
    return { rows: [], next: null };
  });
  const asked = Array.from({ length: 260 }, () => statusOf(greedy, `/account/tenants/${greedy.tenantId}/audit/rows`));
  await waitFor("some are worked on", async () => expect(find).toHaveBeenCalledTimes(4));
  expect(await statusOf(modest, `/account/tenants/${modest.tenantId}/members`)).toBe(200);
  expect(await greedy.ask("GET", "/account/me")).toMatchObject({
    status: 429,
    headers: { "retry-after": "1" },
    body: { code: "rate_limited" },
  });
  expect(find).toHaveBeenCalledTimes(4);
  release();
  const answers = await Promise.all(asked);
  find.mockRestore();
  expect(answers.filter((status) => status === 200)).toHaveLength(254);
  expect(answers.filter((status) => status === 429)).toHaveLength(6);
  expect(await statusOf(greedy, "/account/me")).toBe(200);
});

test("requests whose bodies never come are forgotten when their clients leave", async () => {
  const [slow, other] = [await signUp(), await signUp()];
  const url = await world.backend.app.listen({ host: "127.0.0.1", port: 0 });
  const renames = Array.from({ length: 255 }, () => {
    const headers = {
      authorization: `Bearer ${slow.accessToken}`,
      "content-type": "application/json",
      "content-length": 100,
    };
    const asked = request(`${url}/account/tenants/${slow.tenantId}`, { method: "PUT", agent: false, headers });
    asked.on("error", () => undefined).write("{");
    return asked;
  });
  // Of the last one nothing is read.
  const answers = renames.map(async (asked) => ((await once(asked, "response")) as [IncomingMessage])[0].statusCode);
  expect(await Promise.any(answers)).toBe(429);
  expect(await statusOf(other, "/account/me")).toBe(200);
  for (const asked of renames) asked.destroy();
  await waitFor("they are forgotten", async () => expect(await statusOf(slow, "/account/me")).toBe(200));
});
