import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { freePort } from "./server-process";

/** Claims of people by their subject, which is also the name that they log in with. */
export type People = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** The identity provider of the package `oidc-provider`, in a process of its own. */
export class TestOidcProvider {
  private constructor(
    private readonly port: number,
    private readonly returnUrl: string,
    private child: ChildProcess,
  ) {}

  static async start(studioUrl: string): Promise<TestOidcProvider> {
    const port = await freePort();
    const returnUrl = new URL("/signed-in", studioUrl).href;
    return new TestOidcProvider(port, returnUrl, await run(port, returnUrl));
  }

  get issuer(): string {
    return issuerAt(this.port);
  }

  /** Settings of a backend. */
  get settings(): Readonly<Record<string, string>> {
    return {
      OIDC_ISSUER: this.issuer,
      OIDC_CLIENT_ID: CLIENT,
      OIDC_CLIENT_SECRET: SECRET,
      OIDC_SCOPES: "openid email groups",
      STUDIO_URL: new URL(this.returnUrl).origin,
    };
  }

  async know(people: People): Promise<void> {
    this.child.send(people);
    await once(this.child, "message");
  }

  /** It comes back with another key, and knows nobody. */
  async restart(): Promise<void> {
    await this.stop();
    this.child = await run(this.port, this.returnUrl);
  }

  /** It answers nothing until it goes on. @returns what makes it go on */
  pause(): () => void {
    this.child.kill("SIGSTOP");
    return () => void this.child.kill("SIGCONT");
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = once(this.child, "exit");
    this.child.kill("SIGKILL");
    await ended;
  }

  /** What a person does there in a browser, where they agree. @returns where they are sent back to */
  async logIn(url: string, subject: string): Promise<URL> {
    const cookies = new Map<string, string>();
    const ask = async (to: string, form?: Record<string, string>) => {
      const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join("; ");
      const body = form && new URLSearchParams(form);
      const method = form ? "POST" : "GET";
      const response = await fetch(to, { method, body, headers: { cookie }, redirect: "manual" });
      for (const line of response.headers.getSetCookie()) {
        const [name = "", value = ""] = (line.split(";", 1)[0] ?? "").split("=");
        cookies.set(name, value);
      }
      return response;
    };
    let response = await ask(url);
    let prompt = "login";
    for (let step = 0; step < 10; step += 1) {
      const location = response.headers.get("location");
      if (location === null) throw new Error(`the provider answered ${response.status}: ${await response.text()}`);
      const next = new URL(location, url);
      if (next.origin !== this.issuer) return next;
      const isForm = next.pathname.startsWith("/interaction/");
      response = await ask(next.href, isForm ? { prompt, login: subject, password: "any" } : undefined);
      if (isForm) prompt = "consent";
    }
    throw new Error("the provider redirects for ever");
  }
}

const CLIENT = "nexus";
const SECRET = "secret-of-the-client-of-the-tests";

/** Another site than the studio of a test, which has the address 127.0.0.1. */
const issuerAt = (port: number) => `http://localhost:${port}`;

async function run(port: number, returnUrl: string): Promise<ChildProcess> {
  const about = { issuer: issuerAt(port), port, clientId: CLIENT, clientSecret: SECRET, returnUrl };
  const script = join(__dirname, "oidc-provider-process.mjs");
  const child = fork(script, [JSON.stringify(about)], { stdio: ["ignore", "ignore", "inherit", "ipc"], execArgv: [] });
  child.unref();
  await Promise.race([
    once(child, "message"),
    once(child, "exit").then(() => Promise.reject(new Error("the identity provider did not start"))),
  ]);
  return child;
}
