import { ApiClient } from "../src/api/client";
import { Nexus } from "../src/api/nexus";
import { ApiError, describeFailure } from "../src/api/problem";
import { randomId } from "../src/api/random-id";
import { SessionChannel } from "../src/api/session-channel";
import { type KeyValueStorage, TokenStore } from "../src/api/token-store";

interface Call {
  readonly path: string;
  readonly authorization: string | undefined;
  readonly body: unknown;
  readonly key: string | undefined;
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

/** A client that is logged in, unless the test sets the browser's storage. */
function setUp(respond: Responder, stored?: { readonly storage: KeyValueStorage }) {
  const calls: Call[] = [];
  const tokens = new TokenStore(stored?.storage ?? memoryStorage());
  if (!stored) tokens.set({ accessToken: "old", refreshToken: "refresh-1" });
  const onSessionEnd = jest.fn();
  const fetch: typeof globalThis.fetch = async (path, init) => {
    const request = new Request(new URL(path instanceof Request ? path.url : path, "http://studio.test"), init);
    const text = await request.text();
    const call = {
      path: new URL(request.url).pathname,
      authorization: request.headers.get("authorization") ?? undefined,
      body: text === "" ? undefined : (JSON.parse(text) as unknown),
      key: request.headers.get("idempotency-key") ?? undefined,
    };
    calls.push(call);
    return respond(call);
  };
  const tabs = new SessionChannel(tokens);
  const client = new ApiClient({ tokens, tabs, fetch, onSessionEnd });
  return { calls, tokens, onSessionEnd, client, api: new Nexus(client, tokens, tabs) };
}

/** A service that accepts only the token of the first refresh. */
const rotating: Responder = ({ path, authorization }) => {
  if (path === "/auth/refresh") return json(200, { accessToken: "new", refreshToken: "refresh-2" });
  return authorization === "Bearer new" ? json(200, { items: [path] }) : unauthorized();
};

test("requests that fail together with 401 share one refresh and are sent again", async () => {
  const { client, calls, tokens } = setUp(rotating);
  const answers = await Promise.all(["/a", "/b", "/c"].map((path) => client.request("GET", path)));
  expect(answers).toEqual([{ items: ["/a"] }, { items: ["/b"] }, { items: ["/c"] }]);
  expect(calls.filter(({ path }) => path === "/auth/refresh")).toEqual([
    { path: "/auth/refresh", authorization: undefined, body: { refreshToken: "refresh-1" }, key: undefined },
  ]);
  expect(tokens.refreshToken).toBe("refresh-2");
});

test("a request whose 401 arrives after another's refresh uses the new token without a second one", async () => {
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
  expect(calls.filter(({ path }) => path === "/auth/refresh")).toHaveLength(1);
});

test("after a reload, when only the refresh token is left, the first request refreshes before it is sent", async () => {
  const storage = memoryStorage();
  new TokenStore(storage).set({ accessToken: "old", refreshToken: "refresh-1" });
  const { client, calls } = setUp(rotating, { storage });
  await client.request("GET", "/a");
  expect(calls.map(({ path, authorization }) => [path, authorization])).toEqual([
    ["/auth/refresh", undefined],
    ["/a", "Bearer new"],
  ]);
});

test("without any token no request is sent, and the session has ended", async () => {
  const { client, calls, onSessionEnd } = setUp(unauthorized, { storage: memoryStorage() });
  await expect(client.request("GET", "/a")).rejects.toMatchObject({ status: 401 });
  expect(onSessionEnd).toHaveBeenCalled();
  expect(calls).toEqual([]);
});

test("a refused refresh ends the session and the request fails with its own problem", async () => {
  const { client, tokens, onSessionEnd } = setUp(unauthorized);
  await expect(client.request("GET", "/a")).rejects.toMatchObject({ status: 401, code: "unauthorized" });
  expect(onSessionEnd).toHaveBeenCalledTimes(1);
  expect(tokens.refreshToken).toBeNull();
});

test("a backend that is down while refreshing does not end the session", async () => {
  const { client, tokens, onSessionEnd } = setUp(({ path }) =>
    path === "/auth/refresh" ? json(502, { code: "upstream_unavailable" }) : unauthorized(),
  );
  await expect(client.request("GET", "/a")).rejects.toMatchObject({ status: 502, code: "upstream_unavailable" });
  expect(onSessionEnd).not.toHaveBeenCalled();
  expect(tokens.refreshToken).toBe("refresh-1");
});

test("a refresh that ends after the log-out does not bring the session back", async () => {
  let release: () => void = () => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  const { client, api, tokens } = setUp(async (call) => {
    if (call.path === "/auth/logout") return new Response(null, { status: 204 });
    if (call.path === "/auth/refresh") await held;
    return rotating(call);
  });
  const refreshing = client.refresh();
  await api.logOut();
  release();
  expect(await refreshing).toBe(false);
  expect(tokens.accessToken).toBeUndefined();
  expect(tokens.refreshToken).toBeNull();
});

test("a second 401 is not tried a third time", async () => {
  const { client, calls } = setUp(({ path }) =>
    path === "/auth/refresh" ? json(200, { accessToken: "new", refreshToken: "refresh-2" }) : unauthorized(),
  );
  await expect(client.request("GET", "/a")).rejects.toMatchObject({ status: 401 });
  expect(calls.map(({ path }) => path)).toEqual(["/a", "/auth/refresh", "/a"]);
});

test("a wrong password is shown as it is and starts no refresh", async () => {
  const problem = { code: "credentials_invalid", title: "Email or password is wrong" };
  const { api, calls } = setUp(() => json(401, problem), { storage: memoryStorage() });
  await expect(api.logIn({ email: "a@b.c", password: "x" })).rejects.toThrow("Email or password is wrong");
  expect(calls.map(({ path }) => path)).toEqual(["/auth/login"]);
});

test("field errors of a problem are found by the field's name, the first one first", async () => {
  const errors = [
    { field: "body.email", message: "give an email address" },
    { field: "email", message: "give another" },
    { field: "/password", message: "give at least 12 characters" },
  ];
  const { api } = setUp(() => json(400, { code: "validation_failed", title: "The request is not valid", errors }));
  const error = await api.signUp({ email: "", password: "" }).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(ApiError);
  expect((error as ApiError).fields).toEqual({
    email: "Give an email address",
    password: "Give at least 12 characters",
  });
  expect(describeFailure(error)).toBe("Give an email address. Give another. Give at least 12 characters.");
});

test("an answer that is no problem document still has words and a code", async () => {
  const { api } = setUp(() => new Response("<html>Bad Gateway</html>", { status: 502 }));
  await expect(api.workspaces()).rejects.toMatchObject({
    code: "unexpected_answer",
    message: "The server answered with status 502",
  });
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
    expect(await api.execute("w", "n += 1", randomId())).toEqual({ result: "42" });
    expect(calls.map(({ body }) => body)).toEqual([{ code: "n += 1" }, { code: "n += 1" }, { code: "n += 1" }]);
    expect(new Set(calls.map(({ key }) => key)).size).toBe(1);
    expect(calls[0]?.key).toMatch(/^[0-9a-f]{32}$/);
  });

  test("has a key of its own", async () => {
    const { api, calls } = setUp(() => json(200, {}));
    await api.execute("w", "n += 1", randomId());
    await api.execute("w", "n += 1", randomId());
    expect(new Set(calls.map(({ key }) => key)).size).toBe(2);
  });

  test.each([409, 422, 429, 500])("that the service answered with %i is not sent again", async (status) => {
    const { api, calls } = setUp(() => json(status, { code: "no", title: "No" }));
    await expect(api.execute("w", "n += 1", randomId())).rejects.toMatchObject({ status });
    expect(calls).toHaveLength(1);
  });

  test("that only reads needs no key and is not sent again", async () => {
    const { api, calls } = setUp(away);
    await expect(api.workspaces()).rejects.toMatchObject({ status: 503 });
    expect(calls.map(({ key }) => key)).toEqual([undefined]);
  });
});

test("a rate limit says when to try again", async () => {
  const { api } = setUp(() => json(429, { code: "rate_limited", title: "Too many attempts" }, { "retry-after": "30" }));
  const error = await api.logIn({ email: "a", password: "b" }).catch((reason: unknown) => reason);
  expect(describeFailure(error)).toBe("Too many attempts. Try again in 30 s.");
});

test.each([
  [503, { detail: "The database cannot be reached" }, "2", "The database cannot be reached. Try again in 2 s."],
  [503, { detail: "The service is not ready" }, "", "The service is not ready. Try again in a moment."],
  [502, { detail: "It may be starting. Try again soon." }, "", "It may be starting. Try again soon."],
  [409, { title: "The workspace was stopped; resume it first" }, "", "The workspace was stopped; resume it first."],
  [504, "<html>", "", "The server answered with status 504. Try again in a moment."],
])("a failure with status %i is a sentence that says what to do", async (status, body, retryAfter, sentence) => {
  const headers: Record<string, string> = retryAfter === "" ? {} : { "retry-after": retryAfter };
  const { client } = setUp(() => json(status, body, headers));
  const error = await client.request("GET", "/a").catch((reason: unknown) => reason);
  expect(describeFailure(error)).toBe(sentence);
  expect((error as ApiError).isRefusal).toBe(status === 409);
});

test("a browser that forbids storage keeps the session in memory", () => {
  const forbidden = () => {
    throw new Error("denied");
  };
  const tokens = new TokenStore({ getItem: forbidden, setItem: forbidden, removeItem: forbidden });
  tokens.set({ accessToken: "a", refreshToken: "r" });
  expect(tokens.refreshToken).toBe("r");
  tokens.clear();
  expect(tokens.refreshToken).toBeNull();
});

test.each([
  ["accounts", json(401, { code: "unauthorized" }), {}, "account"],
  ["a backend that is down", json(502, { code: "upstream_unavailable" }), {}, "account"],
  ["no accounts", json(404, { code: "accounts_unavailable" }), { auth: "issuer" }, "token"],
  ["no accounts and no authentication", json(404, { code: "accounts_unavailable" }), { auth: "none" }, "open"],
])("X6: the entrance of a platform with %s", async (_what, me, health, expected) => {
  const { api } = setUp(({ path }) => (path === "/health" ? json(200, health) : me.clone()), {
    storage: memoryStorage(),
  });
  expect(await api.entrance()).toBe(expected);
});

test("X6: a token from elsewhere is sent as it is, names its user, and a reload forgets it", async () => {
  const payload = Buffer.from(JSON.stringify({ sub: "auth0|1", email: "zoë@example.com", org_id: "acme" }));
  const token = `e30.${payload.toString("base64url")}.c2ln`;
  const storage = memoryStorage();
  const { api, calls } = setUp(() => json(200, { items: [] }), { storage });
  expect(await api.bring(token)).toMatchObject({ id: "auth0|1", email: "zoë@example.com", tenantId: "acme" });
  expect(calls).toEqual([{ path: "/api/v1/workspaces", authorization: `Bearer ${token}`, body: undefined }]);
  expect(new TokenStore(storage).refreshToken).toBeNull();
});

test("a brought token that the kernel refuses ends the session without asking for another", async () => {
  const { api, calls, onSessionEnd } = setUp(unauthorized, { storage: memoryStorage() });
  await expect(api.bring("no.good.token")).rejects.toMatchObject({ status: 401 });
  expect(onSessionEnd).toHaveBeenCalled();
  expect(calls.map(({ path }) => path)).toEqual(["/api/v1/workspaces"]);
});
