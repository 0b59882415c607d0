import type { TestOidcProvider } from "@nexus/testkit/oidc-provider";
import type { Answer, BackendWorld, Method } from "./backend-world";

/** A browser that signs in with an identity provider; it keeps cookies by their names and paths, as browsers do. */
export class OidcBrowser {
  readonly cookies = new Map<string, string>();
  accessToken = "";

  constructor(private readonly world: BackendWorld) {}

  /** @returns where the provider is */
  async begin(): Promise<string> {
    const { status, body } = await this.post("/auth/session/oidc");
    expect(status).toBe(200);
    return String(body.url);
  }

  async answer(query: string): Promise<Answer> {
    const answer = await this.post("/auth/session/oidc/answer", { answer: query });
    if (typeof answer.body.accessToken === "string") this.accessToken = answer.body.accessToken;
    return answer;
  }

  async signIn(provider: Pick<TestOidcProvider, "logIn">, subject: string): Promise<Answer> {
    return await this.answer((await provider.logIn(await this.begin(), subject)).search);
  }

  async post(url: string, payload?: object, headers: Record<string, string> = {}): Promise<Answer> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const same = { "sec-fetch-site": "same-origin", ...(cookie && { cookie }) };
    const answer = await this.world.ask("POST", url, payload, { ...same, ...headers });
    for (const line of [answer.headers["set-cookie"] ?? []].flat().map(String)) {
      const [name = "", value = ""] = (line.split(";", 1)[0] ?? "").split("=");
      if (value === "") this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
    return answer;
  }

  async get(url: string): Promise<Answer> {
    return await this.ask("GET", url);
  }

  /** A call of an API, with the access token of the page. */
  async ask(method: Method, url: string, payload?: object): Promise<Answer> {
    return await this.world.ask(method, url, payload, { authorization: `Bearer ${this.accessToken}` });
  }
}
