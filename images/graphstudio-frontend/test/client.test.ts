import { ApiClient } from "../src/api/client";
import { LogOutMark } from "../src/api/log-out-mark";
import { Nexus } from "../src/api/nexus";
import { randomId } from "../src/api/random-id";
import { SessionChannel } from "../src/api/session-channel";
import { TokenStore } from "../src/api/token-store";
import type { Access } from "../src/api/types";

interface Call {
  readonly path: string;
  readonly authorization: string | undefined;
  readonly body: unknown;
  readonly key: string | undefined;
  readonly cookie: boolean;
}
type Responder = (call: Call) => Response | Promise<Response>;

const json = (status: number, body: unknown, headers: Record<string, string> = {}) =>
  new Response(JSON.stringify(body), { status, headers });
const unauthorized = () => json(401, { code: "unauthorized", title: "A valid access token is needed" });

function memoryStorage() {
  const items = new Map<string, string>();
  return {
    getItem: (key: string) => items.get(key) ?? null,
    setItem: (key: string, value: string) => void items.set(key, value),
    removeItem: (key: string) => void items.delete(key),
  };
}

const session = (accessToken: string, tenantId = "t1") => ({ accessToken, user: { id: "u1", tenantId } });
const TOKEN = "/auth/session/token";
const noSession = () => json(401, { code: "session_invalid", title: "There is no session; log in" });

/** A client that is logged in, or has just been loaded. */
function setUp(respond: Responder, { loaded = false, storage = memoryStorage() } = {}) {
  const calls: Call[] = [];
  const tokens = new TokenStore();
  if (!loaded) tokens.start(session("old") as Access);
  const onSessionChange = jest.fn();
  const onSessionEnd = jest.fn();
  const fetch: typeof globalThis.fetch = async (path, init) => {
    const request = new Request(new URL(path instanceof Request ? path.url : path, "http://studio.test"), init);
    const text = await request.text();
    const call = {
      path: new URL(request.url).pathname,
      authorization: request.headers.get("authorization") ?? undefined,
      body: text === "" ? undefined : (JSON.parse(text) as unknown),
      key: request.headers.get("idempotency-key") ?? undefined,
      cookie: init?.credentials === "same-origin",
    };
    calls.push(call);
    return respond(call);
  };
  const loggedOut = new LogOutMark(storage);
  const client = new ApiClient({ tokens, loggedOut, fetch, onSessionEnd, onSessionChange, onForbidden: jest.fn() });
  const api = new Nexus(client, tokens, new SessionChannel());
  return { calls, tokens, onSessionEnd, onSessionChange, client, api };
}

/** A service that accepts only the token of the first renewal. */
const rotating: Responder = ({ path, authorization }) => {
  if (path === TOKEN) return json(200, session("new"));
  return authorization === "Bearer new" ? json(200, { items: [path] }) : unauthorized();
};

test("requests that fail together with 401 share one renewal and are sent again", async () => {
  const { client, calls } = setUp(rotating);
  const answers = await Promise.all(["/a", "/b", "/c"].map((path) => client.request("GET", path)));
  expect(answers).toEqual([{ items: ["/a"] }, { items: ["/b"] }, { items: ["/c"] }]);
  expect(calls.filter(({ path }) => path === TOKEN)).toEqual([
    { path: TOKEN, authorization: undefined, body: {}, key: undefined, cookie: true },
  ]);
  expect(calls.filter(({ path, cookie }) => path !== TOKEN && cookie)).toEqual([]);
});

test("a request whose 401 arrives after another's renewal uses the new token without a second one", async () => {
  let release: () => void = () => undefined;
  const late = new Promise<void>((resolve) => (release = resolve));
  const { client, calls } = setUp(async (call) => {
    if (call.path === "/late" && call.authorization === "Bearer old") await late;
    return rotating(call);
  });
  const slow = client.request("GET", "/late");
  await client.request("GET", "/fast");
  release();
  expect(await slow).toEqual({ items: ["/late"] });
  expect(calls.filter(({ path }) => path === TOKEN)).toHaveLength(1);
});

test("after a reload the first request gets an access token before it is sent", async () => {
  const { client, calls } = setUp(rotating, { loaded: true });
  await client.request("GET", "/a");
  expect(calls.map(({ path, authorization }) => [path, authorization])).toEqual([
    [TOKEN, undefined],
    ["/a", "Bearer new"],
  ]);
});

test("without a session no request is sent, and the session has ended", async () => {
  const { client, calls, onSessionEnd } = setUp(noSession, { loaded: true });
  await expect(client.request("GET", "/a")).rejects.toMatchObject({ status: 401 });
  expect(onSessionEnd).toHaveBeenCalled();
  expect(calls.map(({ path }) => path)).toEqual([TOKEN]);
});

test("a refused renewal ends the session and the request fails with its own problem", async () => {
  const { client, tokens, onSessionEnd } = setUp(({ path }) => (path === TOKEN ? noSession() : unauthorized()));
  await expect(client.request("GET", "/a")).rejects.toMatchObject({ status: 401, code: "unauthorized" });
  expect(onSessionEnd).toHaveBeenCalledTimes(1);
  expect(tokens.accessToken).toBeUndefined();
});

test.each([
  [502, "upstream_unavailable"],
  [503, "database_unavailable"],
  [429, "rate_limited"],
  [403, "cross_site"],
])("a renewal that fails with %i does not end the session", async (status, code) => {
  const { client, tokens, onSessionEnd } = setUp(({ path }) =>
    path === TOKEN ? json(status, { code }) : unauthorized(),
  );
  await expect(client.request("GET", "/a")).rejects.toMatchObject({ status, code });
  expect(onSessionEnd).not.toHaveBeenCalled();
  expect(tokens.accessToken).toBe("old");
});

test("a renewal that ends after the log-out does not bring the session back", async () => {
  let release: () => void = () => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  const { client, api, tokens, onSessionEnd } = setUp(async (call) => {
    if (call.path === "/auth/session") return new Response(null, { status: 204 });
    if (call.path === TOKEN) await held;
    return rotating(call);
  });
  const renewing = client.refresh();
  await api.logOut();
  release();
  expect(await renewing).toBe(false);
  expect(tokens.accessToken).toBeUndefined();
  expect(onSessionEnd).not.toHaveBeenCalled();
});

describe("a session that another tab let go over to somebody else", () => {
  const other: Responder = ({ path, authorization }) => {
    if (path === TOKEN) return json(200, session("new", "t2"));
    return authorization === "Bearer new" ? json(200, {}) : unauthorized();
  };

  test("gets nothing that was meant for the one before", async () => {
    const { client, calls, tokens, onSessionChange, onSessionEnd } = setUp(other);
    await expect(client.change("POST", "/a", { name: "secret" })).rejects.toMatchObject({ code: "session_changed" });
    expect(calls.map(({ path, authorization }) => [path, authorization])).toEqual([
      ["/a", "Bearer old"],
      [TOKEN, undefined],
    ]);
    expect(onSessionChange).toHaveBeenCalledTimes(1);
    expect(onSessionEnd).not.toHaveBeenCalled();
    expect(tokens.accessToken).toBeUndefined();
    await client.request("GET", "/b");
    expect(calls.at(-1)).toMatchObject({ path: "/b", authorization: "Bearer new" });
  });

  test("also when this tab went over while the request was on its way", async () => {
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    const { api, client, calls } = setUp(async (call) => {
      if (call.path === "/slow") await held;
      return other(call);
    });
    const slow = client.request("POST", "/slow");
    await api.goTo("t2");
    release();
    await expect(slow).rejects.toMatchObject({ status: 401 });
    expect(calls.filter(({ path }) => path === "/slow")).toHaveLength(1);
  });
});

describe("a log-out that the server does not hear of", () => {
  const down = () => Promise.reject(new TypeError("Failed to fetch"));

  test("is repeated by the next page, before anything else is done with the session", async () => {
    const storage = memoryStorage();
    const tab = setUp(down, { storage });
    await tab.api.logOut();
    expect(tab.tokens.accessToken).toBeUndefined();
    const reloaded = setUp(({ path }) => (path === TOKEN ? noSession() : new Response(null, { status: 204 })), {
      storage,
      loaded: true,
    });
    expect(await reloaded.api.arrive()).toBe("account");
    expect(reloaded.calls.map(({ path }) => path)).toEqual(["/auth/session", TOKEN]);
    expect(await reloaded.api.arrive()).toBe("account");
    expect(reloaded.calls).toHaveLength(3);
  });

  test("lets nobody in meanwhile, also where the browser forbids storage", async () => {
    const forbidden = () => {
      throw new Error("denied");
    };
    const storage = { getItem: forbidden, setItem: forbidden, removeItem: forbidden };
    let isDown = true;
    const { api, client, calls } = setUp(
      (call) => (isDown && call.path === "/auth/session" ? down() : rotating(call)),
      { storage },
    );
    await api.logOut();
    await expect(client.request("GET", "/a")).rejects.toMatchObject({ code: "network" });
    expect(calls.map(({ path }) => path)).toEqual(["/auth/session", "/auth/session"]);
    isDown = false;
  });
});

test("a second 401 is not tried a third time", async () => {
  const { client, calls } = setUp(({ path }) => (path === TOKEN ? json(200, session("new")) : unauthorized()));
  await expect(client.request("GET", "/a")).rejects.toMatchObject({ status: 401 });
  expect(calls.map(({ path }) => path)).toEqual(["/a", TOKEN, "/a"]);
});

test("a wrong password is shown as it is and starts no renewal", async () => {
  const problem = { code: "credentials_invalid", title: "Email or password is wrong" };
  const { api, calls } = setUp(() => json(401, problem), { loaded: true });
  await expect(api.logIn({ email: "a@b.c", password: "x" })).rejects.toThrow("Email or password is wrong");
  expect(calls.map(({ path }) => path)).toEqual(["/auth/session"]);
});

test("no connection has a code of its own", async () => {
  const { api } = setUp(() => Promise.reject(new TypeError("Failed to fetch")));
  await expect(api.workspaces()).rejects.toMatchObject({ status: 0, code: "network" });
});

describe("a change", () => {
  const away = () => json(503, { code: "owner_unreachable", title: "The pod of the workspace cannot be reached" });

  test("is sent again, with the same key, while nobody answers for the workspace", async () => {
    const answers = [away, () => Promise.reject(new TypeError("Failed to fetch")), () => json(200, { result: "42" })];
    const { api, calls } = setUp(() => (answers.shift() ?? away)());
    expect(await api.document("w").run("c", randomId(), { code: "n += 1", after: null })).toEqual({ result: "42" });
    const body = { code: "n += 1", after: null };
    expect(calls.map((call) => call.body)).toEqual([body, body, body]);
    expect(new Set(calls.map(({ key }) => key)).size).toBe(1);
    expect(calls[0]?.key).toMatch(/^[0-9a-f]{32}$/);
  });

  test("has a key of its own", async () => {
    const { api, calls } = setUp(() => json(200, {}));
    await api.document("w").run("c", randomId());
    await api.document("w").run("c", randomId());
    expect(new Set(calls.map(({ key }) => key)).size).toBe(2);
  });

  test.each([409, 422, 429, 500])("that the service answered with %i is not sent again", async (status) => {
    const { api, calls } = setUp(() => json(status, { code: "no", title: "No" }));
    await expect(api.document("w").run("c", randomId())).rejects.toMatchObject({ status });
    expect(calls).toHaveLength(1);
  });

  test("that only reads needs no key and is not sent again", async () => {
    const { api, calls } = setUp(away);
    await expect(api.workspaces()).rejects.toMatchObject({ status: 503 });
    expect(calls.map(({ key }) => key)).toEqual([undefined]);
  });
});

test.each([
  ["a session", json(200, session("new")), {}, "session"],
  ["accounts", noSession(), {}, "account"],
  ["a backend of the release before", json(404, { code: "not_found" }), {}, "account"],
  ["no accounts", json(404, { code: "accounts_unavailable" }), { auth: "issuer" }, "token"],
  ["no accounts and no authentication", json(404, { code: "accounts_unavailable" }), { auth: "none" }, "open"],
])("X6: the entrance of a platform with %s", async (_what, answer, health, expected) => {
  const { api, onSessionEnd } = setUp(({ path }) => (path === "/health" ? json(200, health) : answer.clone()), {
    loaded: true,
  });
  expect(await api.arrive()).toBe(expected);
  expect(onSessionEnd).not.toHaveBeenCalled();
});

test("a backend that is down leaves open whether there is a session", async () => {
  const { api } = setUp(() => json(502, { code: "upstream_unavailable" }), { loaded: true });
  await expect(api.arrive()).rejects.toMatchObject({ code: "upstream_unavailable" });
});

test("X6: a token from elsewhere is sent as it is, names its user, and a log-out forgets it", async () => {
  const payload = Buffer.from(JSON.stringify({ sub: "auth0|1", email: "zoë@example.com", org_id: "acme" }));
  const token = `e30.${payload.toString("base64url")}.c2ln`;
  const { api, calls } = setUp(() => json(200, { items: [] }), { loaded: true });
  expect(await api.bring(token)).toMatchObject({ id: "auth0|1", email: "zoë@example.com", tenantId: "acme" });
  expect(calls).toEqual([
    { path: "/api/v1/workspaces", authorization: `Bearer ${token}`, body: undefined, key: undefined, cookie: false },
  ]);
  await api.logOut();
  expect(calls).toHaveLength(1);
});

test("a brought token that the kernel refuses ends the session without asking for another", async () => {
  const { api, calls, onSessionEnd } = setUp(unauthorized, { loaded: true });
  await expect(api.bring("no.good.token")).rejects.toMatchObject({ status: 401 });
  expect(onSessionEnd).toHaveBeenCalled();
  expect(calls.map(({ path }) => path)).toEqual(["/api/v1/workspaces"]);
});
