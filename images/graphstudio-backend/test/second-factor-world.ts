import { startPostgres, type TestPostgres } from "@nexus/testkit/postgres";
import { Secret, TOTP } from "otpauth";
import { type Answer, BackendWorld, Browser, newEmail, PASSWORD } from "./backend-world";

export const PATH = "/account/second-factor";
export const STEP_MS = 30_000;

export type Somebody = Browser & { readonly id: string };

export interface Person extends Somebody {
  readonly secret: string;
  readonly recoveryCodes: string[];
}

/** A backend that the tests of a file share, with people who sign in with codes, and a clock that stands still. */
export class SecondFactorWorld {
  backend!: BackendWorld<TestPostgres>;
  clock = 0;

  constructor() {
    beforeAll(async () => {
      this.backend = await BackendWorld.startOn(startPostgres);
    }, 30_000);
    afterAll(() => this.backend?.stop());
    beforeEach(() => {
      // In the middle of a step, so that no test crosses the border of one.
      this.clock = Math.floor(Date.now() / STEP_MS) * STEP_MS + STEP_MS / 2;
      jest.spyOn(Date, "now").mockImplementation(() => this.clock);
    });
    afterEach(() => {
      jest.restoreAllMocks();
    });
  }

  codeOf(secret: string, steps = 0): string {
    return new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: this.clock + steps * STEP_MS });
  }

  async person(): Promise<Somebody> {
    const browser = new Browser(this.backend, newEmail());
    const { user } = (await browser.signUp()).body as { user: { id: string } };
    return Object.assign(browser, { id: user.id });
  }

  /** Somebody with two-factor sign-in; the code of the step before is used up. */
  async protectedPerson(): Promise<Person> {
    const browser = await this.person();
    const { body } = await browser.ask("POST", PATH, { password: PASSWORD });
    const secret = String(body.secret);
    const confirmed = await browser.ask("POST", `${PATH}/confirm`, { code: this.codeOf(secret, -1) });
    expect(confirmed.status).toBe(200);
    return Object.assign(browser, { secret, recoveryCodes: confirmed.body.recoveryCodes as string[] });
  }

  async logIn({ email }: Browser): Promise<Answer> {
    return await this.backend.ask("POST", "/auth/login", { email, password: PASSWORD });
  }

  async answer(challenge: unknown, code: string): Promise<Answer> {
    return await this.backend.ask("POST", "/auth/login/second-factor", { challenge, code });
  }

  async challengeOf(browser: Browser): Promise<string> {
    const { status, body } = await this.logIn(browser);
    expect({ status, code: body.code }).toEqual({ status: 401, code: "second_factor_needed" });
    return String(body.challenge);
  }
}
