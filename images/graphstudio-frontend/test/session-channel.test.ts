import { waitFor } from "@nexus/testkit/server-process";
import { ApiClient } from "../src/api/client";
import { Nexus } from "../src/api/nexus";
import { SessionChannel } from "../src/api/session-channel";
import { TokenStore } from "../src/api/token-store";

/** Returns the successor of each refresh token once, without a grace period: "a1" gives "a2". */
class StrictBackend {
  readonly sent: string[] = [];

  readonly fetch: typeof globalThis.fetch = async (path, init) => {
    const { refreshToken } = JSON.parse(typeof init?.body === "string" ? init.body : "{}") as { refreshToken: string };
    if (path === "/auth/logout") return new Response(null, { status: 204 });
    const used = this.sent.includes(refreshToken);
    this.sent.push(refreshToken);
    const next = refreshToken.slice(0, 1) + String(Number(refreshToken.slice(1)) + 1);
    const body = used ? { code: "refresh_invalid" } : { accessToken: `access-${next}`, refreshToken: next };
    return new Response(JSON.stringify(body), { status: used ? 401 : 200 });
  };
}

const closing: (() => void)[] = [];
let backend: StrictBackend;
beforeEach(() => (backend = new StrictBackend()));
afterEach(() => closing.splice(0).forEach((close) => close()));

/** A tab with the content of its sessionStorage, as a page has it after loading. */
function openTab(items = new Map<string, string>()) {
  const tokens = new TokenStore({
    getItem: (key) => items.get(key) ?? null,
    setItem: (key, value) => void items.set(key, value),
    removeItem: (key) => void items.delete(key),
  });
  const tabs = new SessionChannel(tokens);
  const onSessionEnd = jest.fn();
  const onLogOut = jest.fn();
  const client = new ApiClient({ tokens, tabs, fetch: backend.fetch, onSessionEnd });
  const api = new Nexus(client, tokens, tabs);
  const close = api.followTabs(onLogOut);
  closing.push(close);
  return { items, tokens, client, api, onSessionEnd, onLogOut, close };
}

function logIn(name: string) {
  const tab = openTab();
  tab.tokens.set({ accessToken: `access-${name}1`, refreshToken: `${name}1` });
  return tab;
}

/** The same as "Duplicate tab" and window.open. */
const duplicate = ({ items }: { readonly items: Map<string, string> }) => openTab(new Map(items));

const holds = (tab: ReturnType<typeof openTab>, token: string) =>
  waitFor(`the tab holds ${token}`, async () => {
    expect(tab.tokens.pair).toEqual({ accessToken: `access-${token}`, refreshToken: token });
  });

test("a duplicated tab takes the tokens of its original and uses none up", async () => {
  const original = logIn("a");
  const copy = duplicate(original);
  expect(await copy.client.refresh()).toBe(true);
  await holds(copy, "a1");
  expect(backend.sent).toEqual([]);
});

test("when one tab has refreshed, the others of its session have the new tokens, also after a reload", async () => {
  const original = logIn("a");
  const copy = duplicate(original);
  await copy.client.refresh();
  await original.client.refresh();
  await holds(copy, "a2");
  original.close();
  await copy.client.refresh();
  expect(copy.items.get("nexus.refreshToken")).toBe("a3");
  expect(backend.sent).toEqual(["a1", "a2"]);
});

test("a tab that was put away for long asks for the tokens that replaced its own", async () => {
  const original = logIn("a");
  const putAway = new Map(original.items);
  await original.client.refresh();
  await original.client.refresh();
  const back = openTab(putAway);
  expect(await back.client.refresh()).toBe(true);
  await holds(back, "a3");
  expect(backend.sent).toEqual(["a1", "a2"]);
});

test("a tab with another session is left alone, also one of the same person", async () => {
  const [one, other] = [logIn("a"), logIn("b")];
  const copy = duplicate(one);
  await one.client.refresh();
  await one.api.logOut();
  await waitFor("the copy is logged out", async () => expect(copy.onLogOut).toHaveBeenCalledTimes(1));
  expect(other.tokens.pair).toEqual({ accessToken: "access-b1", refreshToken: "b1" });
  expect(other.onLogOut).not.toHaveBeenCalled();
});

test("logging out in one tab forgets the session in the others, without calling it expired", async () => {
  const original = logIn("a");
  const copy = duplicate(original);
  await copy.client.refresh();
  await copy.api.logOut();
  await waitFor("the original is logged out", async () => expect(original.onLogOut).toHaveBeenCalledTimes(1));
  expect([...original.items, ...copy.items]).toEqual([]);
  expect(original.tokens.accessToken).toBeUndefined();
  expect(original.onSessionEnd).not.toHaveBeenCalled();
});

test("a tab of a session that was left does not follow the next session of its original", async () => {
  const original = logIn("a");
  const copy = duplicate(original);
  await copy.api.logOut();
  await waitFor("the original is logged out", async () => expect(original.onLogOut).toHaveBeenCalled());
  original.tokens.set({ accessToken: "access-c1", refreshToken: "c1" });
  await original.client.refresh();
  expect(await copy.client.refresh()).toBe(false);
  expect(copy.tokens.pair).toBeUndefined();
});

test("without BroadcastChannel a tab is on its own", async () => {
  const { BroadcastChannel } = globalThis;
  Reflect.deleteProperty(globalThis, "BroadcastChannel");
  const tab = logIn("a");
  globalThis.BroadcastChannel = BroadcastChannel;
  const reloaded = openTab(tab.items);
  expect(await reloaded.client.refresh()).toBe(true);
  expect(backend.sent).toEqual(["a1"]);
  await tab.api.logOut();
  expect(tab.tokens.refreshToken).toBeNull();
});
