import { TestOidcProvider } from "@nexus/testkit/oidc-provider";
import { BackendWorld, newEmail } from "./backend-world";
import { OidcBrowser } from "./oidc-browser";

export const STUDIO = "https://studio.example.com";

export interface Act {
  readonly act: string;
  readonly outcome: string;
  readonly target: Readonly<Record<string, unknown>>;
}

/** Claims of somebody whose address the provider has verified. */
export const verified = (email = newEmail()) => ({ email, email_verified: true });

/** A backend with a real identity provider, for the tests of a file. */
export class OidcWorld {
  provider!: TestOidcProvider;
  world!: BackendWorld;

  constructor() {
    beforeAll(async () => {
      this.provider = await TestOidcProvider.start(STUDIO);
      this.world = await BackendWorld.start({ ...this.provider.settings, OIDC_NAME: "Example SSO" });
    });
    afterAll(async () => {
      await this.world?.stop();
      await this.provider?.stop();
    });
  }

  /** One more backend on the same data, for as long as the work takes. */
  async withSettings(settings: Record<string, string>, work: () => Promise<void>): Promise<void> {
    const { world, provider } = this;
    const usual = world.backend;
    world.backend = await world.startBackend({ ...provider.settings, ...settings });
    try {
      await work();
    } finally {
      await world.backend.app.close();
      await world.backend.close();
      world.backend = usual;
    }
  }

  async signedIn(subject: string): Promise<OidcBrowser> {
    const browser = new OidcBrowser(this.world);
    expect(await browser.signIn(this.provider, subject)).toMatchObject({ status: 200 });
    return browser;
  }

  /** The rows of a trail. */
  async acts(chain: string): Promise<Act[]> {
    const { rows } = await this.world.backend.database.query<{ line: string }>(
      "select line from studio.audit_rows where chain = $1 order by seq",
      [chain],
    );
    return rows.map(({ line }) => JSON.parse(line) as Act);
  }

  /** Whoever signed in has done so longer ago than counts as a proof. */
  async letPass(email: string): Promise<void> {
    await this.world.backend.database.query(
      "update studio.browser_sessions set created_at = now() - interval '301 seconds' where user_id = (select id from studio.users where email = $1)",
      [email],
    );
  }

  /** Somebody has confirmed this address here. */
  async setVerified(email: string): Promise<void> {
    await this.world.backend.database.query("update studio.users set email_verified = true where email = $1", [email]);
  }
}
