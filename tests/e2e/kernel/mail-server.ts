import * as path from "node:path";
import { waitFor } from "@nexus/host";
import { apply, kubectl } from "../platform";
import { bundleOf, edgeTo, NODE_IMAGE, withStandIn } from "../stand-in";

const NAMESPACE = "nexus-e2e-mail";
const NAME = "mail";
const PORT = 2525;

/** Configuration of a backend that sends its mails to the stand-in of a mail server. */
export const mailConfig = {
  mailHost: `${NAME}.${NAMESPACE}.svc.cluster.local`,
  mailPort: PORT,
  mailEncryption: "none",
  mailFrom: "Nexus <nexus@example.com>",
};

/** Finds the link in the mail to an address. */
export type FindLink = (address: string) => Promise<string>;

/** Runs a mail server that a workload of a namespace reaches, until `use` has ended. */
export async function withMailServer(
  namespace: string,
  workload: string,
  use: (linkTo: FindLink) => Promise<void>,
): Promise<void> {
  const server = {
    namespace: NAMESPACE,
    name: NAME,
    port: PORT,
    image: NODE_IMAGE,
    command: ["node", "/etc/stand-in/mail.cjs", String(PORT)],
    files: { "mail.cjs": await bundleOf(path.join(__dirname, "mail-program.ts")) },
  };
  await withStandIn(server, async () => {
    await apply(namespace, [edgeTo(server, workload)]);
    // For some seconds, the cluster's DNS may still answer that the name does not exist.
    const connect = `require("net").connect(${PORT}, "${mailConfig.mailHost}", process.exit)`;
    await waitFor("The way to the mail server", 30, () =>
      kubectl(namespace, "exec", `deploy/${workload}`, "--", "node", "-e", connect).then(() => true),
    );
    await use((address) =>
      waitFor(`A mail with a link to ${address}`, 30, async () => {
        const lines = (await kubectl(NAMESPACE, "logs", NAME)).split("\n").filter((line) => line.includes(address));
        // Mails break long lines with an equals sign.
        const texts = lines.map((line) => (JSON.parse(line) as { text: string }).text.replaceAll("=\r\n", ""));
        return /https?:\S+#[\w-]+/.exec(texts.join("\n"))?.[0];
      }),
    );
  });
}
