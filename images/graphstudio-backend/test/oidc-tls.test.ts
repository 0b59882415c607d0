import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeCertificate, type ServerCertificate } from "@nexus/testkit/certificate";
import { remove, scratchDirectory } from "@nexus/testkit/server-process";
import { BackendWorld } from "./backend-world";
import { ForgingProvider } from "./forging-provider";
import { OidcBrowser } from "./oidc-browser";

let directory: string;
let server: ServerCertificate;
let world: BackendWorld;
beforeAll(async () => {
  let stranger: ServerCertificate;
  [directory, server, stranger, world] = await Promise.all([
    scratchDirectory("oidc-tls"),
    makeCertificate("localhost"),
    makeCertificate("stranger.example.com"),
    BackendWorld.start(),
  ]);
  writeFileSync(join(directory, "stranger.pem"), stranger.certificate);
  writeFileSync(join(directory, "bundle.pem"), `${stranger.certificate}\n${server.certificate}\n`);
});
afterAll(async () => {
  await world?.stop();
  await remove(directory);
});

/** The status of a sign-in at a provider with an authority of its own, and what the log says. */
async function signIn(host: string, file?: string) {
  const provider = await ForgingProvider.start({ ...server, host });
  const usual = world.backend;
  world.backend = await world.startBackend({
    ...provider.settings,
    ...(file && { OIDC_CA_FILE: join(directory, file) }),
  });
  const before = world.log.lines.length;
  try {
    const browser = new OidcBrowser(world);
    const begun = await browser.post("/auth/session/oidc");
    const answer = begun.status === 200 ? await browser.answer(provider.answerTo(String(begun.body.url))) : begun;
    const problems = world.log.lines
      .slice(before)
      .filter(({ message }) => String(message).startsWith("the identity provider"));
    return { status: answer.status, code: answer.body.code, said: problems.map(({ message }) => message) };
  } finally {
    await world.backend.app.close();
    await world.backend.close();
    world.backend = usual;
    await provider.stop();
  }
}

const unavailable = (said: string) => ({ status: 503, code: "oidc_unavailable", said: [expect.stringMatching(said)] });
const UNKNOWN = String.raw`^the identity provider has a certificate of an unknown authority \(OIDC_CA_FILE\): `;

test("a provider with an authority of its own is refused without it and with another one, and the log says why", async () => {
  expect(await signIn("localhost")).toEqual(unavailable(UNKNOWN));
  expect(await signIn("localhost", "stranger.pem")).toEqual(unavailable(UNKNOWN));
});

test("somebody signs in at a provider with an authority of its own, which is one of several in the file", async () => {
  expect(await signIn("localhost", "bundle.pem")).toEqual({ status: 200, code: undefined, said: [] });
});

test("the name in the certificate of a provider is checked", async () => {
  const said = String.raw`^the identity provider has a certificate for another name \(OIDC_ISSUER\)$`;
  expect(await signIn("127.0.0.1", "bundle.pem")).toEqual(unavailable(said));
});
