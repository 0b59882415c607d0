import { PASSWORD, Studio } from "./studio";

const studio = new Studio();

async function ask(path: string, body: object, token?: string): Promise<Record<string, string>> {
  const headers = { "content-type": "application/json", ...(token ? { authorization: `Bearer ${token}` } : {}) };
  const answer = await fetch(studio.world.url + path, { method: "POST", headers, body: JSON.stringify(body) });
  return (await answer.json()) as Record<string, string>;
}

/** The page that the link of an invitation leads to. */
async function invitation(owner: string, name: string, more: object = {}): Promise<string> {
  const { accessToken } = await ask("/auth/signup", { email: owner, password: PASSWORD });
  const { id } = await ask("/account/tenants", { name }, accessToken);
  const { token } = await ask(`/account/tenants/${id ?? ""}/invitations`, { role: "viewer", ...more }, accessToken);
  return `${studio.world.url}/join#${token ?? ""}`;
}

test("a guest joins by a link: they see by whom and where to, and work there at once", async () => {
  const { page } = studio;
  await page.goto(await invitation("olga@example.com", "Olga & Co"));
  await page.getByRole("heading", { name: "Join Olga & Co" }).waitFor();
  await page.getByText("olga@example.com invites you, as viewer.").waitFor();
  await page.getByLabel("Email").fill("guest@example.com");
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Create account and join" }).click();
  await page.getByText("No workspaces yet").waitFor();
  expect(await page.locator(".account").getAttribute("title")).toBe("guest@example.com, viewer of Olga & Co");
});

test("who has an account logs in on the way, and goes from one tenant to the other", async () => {
  const { page } = studio;
  const link = await invitation("pia@example.com", "Pia");
  const email = await studio.signUp();
  await page.getByRole("button", { name: "Log out" }).click();
  await page.goto(link);
  await page.getByRole("button", { name: "I have an account" }).click();
  await studio.logIn(email);
  await page.getByRole("button", { name: `Join as ${email}` }).click();
  const tenant = page.getByLabel("Tenant");
  await tenant.waitFor();
  expect(await page.locator(".account").getAttribute("title")).toBe(`${email}, viewer of Pia`);
  await tenant.selectOption({ label: email.split("@")[0] ?? "" });
  await page.locator(`.account[title^="${email}, owner"]`).waitFor();
  await page.reload();
  await page.locator(`.account[title^="${email}, owner"]`).waitFor();
});

test("a link that does not count says so", async () => {
  const { page } = studio;
  await page.goto(`${studio.world.url}/join#${"a".repeat(43)}`);
  await page.getByRole("alert").getByText("The invitation is not valid").waitFor();
});

test("without a mail server the page for a forgotten password says that none are sent", async () => {
  const { page } = studio;
  await page.goto(`${studio.world.url}/login`);
  await page.getByRole("link", { name: "Forgot your password?" }).click();
  await page.getByLabel("Email").fill("ada@example.com");
  await page.getByRole("button", { name: "Send a link" }).click();
  await page.getByRole("alert").getByText("No mails are sent here").waitFor();
});

test("the link for a new password that was used says so", async () => {
  const { page } = studio;
  await page.goto(`${studio.world.url}/new-password#nonsense`);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Change password" }).click();
  await page.getByRole("alert").getByText("was used, or has run out").waitFor();
});

test("a tenant that one was removed from meanwhile is gone from the choice, and one stays where one is", async () => {
  const { page } = studio;
  const link = await invitation("rosa@example.com", "Rosa");
  const email = await studio.signUp();
  await page.goto(link);
  await page.getByRole("button", { name: `Join as ${email}` }).click();
  const tenant = page.getByLabel("Tenant");
  await tenant.selectOption({ label: email.split("@")[0] ?? "" });
  await page.locator(`.account[title^="${email}, owner"]`).waitFor();
  const { accessToken = "" } = await ask("/auth/login", { email, password: PASSWORD });
  const authorization = { authorization: `Bearer ${accessToken}` };
  const own = await fetch(`${studio.world.url}/account/tenants`, { headers: authorization });
  const { items } = (await own.json()) as { items: { id: string; name: string }[] };
  const me = (await (await fetch(`${studio.world.url}/account/me`, { headers: authorization })).json()) as {
    id: string;
  };
  const rosa = items.find(({ name }) => name === "Rosa")?.id ?? "";
  await fetch(`${studio.world.url}/account/tenants/${rosa}/members/${me.id}`, {
    method: "DELETE",
    headers: authorization,
  });
  await tenant.selectOption({ label: "Rosa" });
  await tenant.waitFor({ state: "detached" });
  await page.locator(`.account[title^="${email}, owner"]`).waitFor();
});
