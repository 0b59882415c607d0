import type { Role } from "@nexus/contract";
import { type BackendWorld, Browser } from "./backend-world";

export interface Person extends Browser {
  readonly id: string;
}

/** What people do to be in tenants of a world that starts before the tests. */
export function peopleOf(world: () => BackendWorld) {
  async function person(): Promise<Person> {
    const browser = new Browser(world());
    const { user } = (await browser.signUp()).body as { user: { id: string } };
    return Object.assign(browser, { id: user.id });
  }
  return {
    person,
    tenantOf: async (owner: Person, name = "Engines") =>
      String((await owner.ask("POST", "/account/tenants", { name })).body.id),
    /** A person who joined by a link. */
    join: async (owner: Person, tenantId: string, role: Role): Promise<Person> => {
      const { body } = await owner.ask("POST", `/account/tenants/${tenantId}/invitations`, { role });
      const member = await person();
      expect((await member.ask("POST", "/account/invitations/accept", { token: body.token })).status).toBe(200);
      return member;
    },
  };
}
