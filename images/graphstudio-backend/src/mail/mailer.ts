import type { Logger } from "@nexus/service";
import { createTransport, type Transporter } from "nodemailer";
import type { BackendEnv } from "../env";
import { within } from "../within";

export interface Mail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

export interface Mailer {
  /** Sends a mail and waits for the server, for some seconds at most. @returns whether the server took it */
  readonly send: (mail: Mail) => Promise<boolean>;
  /** A page of the studio. */
  readonly page: (path: string) => string;
  /** A link into the studio; what it tells is in the fragment, which no server sees. */
  readonly link: (path: string, token: string) => string;
  readonly close: () => void;
}

/** Maximum time for each step of the conversation with a server that hangs. */
const STEP_MS = 3000;
/** Maximum time for all steps. */
const SEND_MS = 8000;

/** Undefined where no mail server is set. */
export function createMailer(env: BackendEnv, log: Logger): Mailer | undefined {
  const { MAIL_HOST: host, MAIL_FROM: from, STUDIO_URL: studioUrl } = env;
  if (host === undefined || from === undefined || studioUrl === undefined) return undefined;
  const transport = createTransport({
    host,
    port: env.MAIL_PORT,
    secure: env.MAIL_ENCRYPTION === "tls",
    requireTLS: env.MAIL_ENCRYPTION === "starttls",
    ignoreTLS: env.MAIL_ENCRYPTION === "none",
    ...(env.MAIL_USER === undefined ? {} : { auth: { user: env.MAIL_USER, pass: env.MAIL_PASSWORD ?? "" } }),
    connectionTimeout: STEP_MS,
    greetingTimeout: STEP_MS,
    socketTimeout: STEP_MS,
    dnsTimeout: STEP_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const page = (path: string) => new URL(path, studioUrl).href;
  return {
    page,
    send: async (mail) => {
      try {
        await within(SEND_MS, deliver(transport, { ...mail, from }));
        return true;
      } catch (error) {
        log.warn({ error, subject: mail.subject }, `a mail was not sent: ${host}:${env.MAIL_PORT} did not take it`);
        return false;
      }
    },
    link: (path, token) => `${page(path)}#${token}`,
    close: () => transport.close(),
  };
}

async function deliver(transport: Transporter, { to, ...mail }: Mail & { readonly from: string }): Promise<void> {
  // As an object the address is taken as it is; as a text it could name several.
  await transport.sendMail({ ...mail, to: { name: "", address: to } });
}
