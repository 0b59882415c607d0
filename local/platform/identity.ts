import { randomBytes } from "node:crypto";
import * as fs from "node:fs";
import * as net from "node:net";
import * as os from "node:os";
import { writeJsonFile } from "@nexus/host";
import { platformsCidr, platformsPrefix } from "./cluster-settings";
import { type HostPorts, type InstanceIdentity, InstanceLayout } from "./layout";

/** The port that people are told to open (A5, A18). */
export const STUDIO_PORT = 30080;

/** The node's port of the ingress controller, and the preferred port on localhost. */
export const INGRESS_PORT = 80;
/**
 * First port to try if the preferred one is taken. It is above 8080, which the port-forwards in the documentation use
 * (A18).
 */
const NEXT_INGRESS_PORT = 8081;

/** First port to try for the registry. */
const REGISTRY_PORT = 29_500;
/**
 * Kubernetes gives these ports of the node to Services, whoever makes them. A Service that has the registry's port would
 * answer in its place.
 */
const isForServices = (port: number) => port >= 30_000 && port <= 32_767;

export class PortTakenError extends Error {
  public constructor(port: number, what: string) {
    super(
      `Port ${port} of localhost, wanted for ${what}, is taken by another program. ` +
        `Fix: stop that program, or choose another port with NEXUS_STUDIO_PORT=<port>.`,
    );
    this.name = "PortTakenError";
  }
}

/** True if nothing listens on this port of the loopback interface. */
export function isPortFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = net.createServer();
    server.once("error", () => resolve(false));
    server.listen({ port, host: "127.0.0.1" }, () => server.close(() => resolve(true)));
  });
}

/** The port of the instance, if it had one, else a new one. */
async function keptPort(earlier: number | undefined, choose: () => Promise<number>): Promise<number> {
  return earlier !== undefined && (await isPortFree(earlier)) ? earlier : choose();
}

async function freePort(from: number): Promise<number> {
  for (let port = from; port < from + 500; port++) if (await isPortFree(port)) return port;
  throw new Error(`No port of localhost between ${from} and ${from + 499} is free.`);
}

/** The first network between the machine and a node that no interface of this machine uses. */
function freeLink(): number {
  const used = Object.values(os.networkInterfaces()).flatMap((all = []) => all.map(({ address }) => address));
  const isUsed = (link: number) => used.some((address) => address.startsWith(`${platformsPrefix}.${link}.`));
  for (let link = 1; link < 255; link++) if (!isUsed(link)) return link;
  throw new Error(`All 254 links of ${platformsCidr} are in use. Fix: stop local platforms that are no longer needed.`);
}

/**
 * The preferred port of localhost for the studio.
 * @throws Error if NEXUS_STUDIO_PORT is not a port
 */
export function wantedStudioPort(): number {
  const text = process.env.NEXUS_STUDIO_PORT || String(STUDIO_PORT);
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new Error(`NEXUS_STUDIO_PORT: "${text}" is not a port. Fix: use a whole number from 1 to 65535.`);
  return port;
}

/** The message for a NEXUS_STUDIO_PORT that differs from the port of a running instance. */
export function otherStudioPort({ ports }: { readonly ports: HostPorts }): string | undefined {
  if (!process.env.NEXUS_STUDIO_PORT || wantedStudioPort() === ports.studio) return undefined;
  return (
    `The platform runs with port ${ports.studio} for the studio; NEXUS_STUDIO_PORT=${wantedStudioPort()} takes effect ` +
    `only for a new platform. Fix: npm run destroy, then npm run up.`
  );
}

export interface IdentityOptions {
  /** Port of localhost for the studio; "any" takes the first free one, and leaves 80 to others. @default 30080 */
  readonly studioPort?: number | "any";
}

/**
 * Ports for a platform that starts; the registry keeps its port while that is free.
 * @throws PortTakenError if the studio's port is in use
 */
export async function choosePorts(earlier?: HostPorts, options: IdentityOptions = {}): Promise<HostPorts> {
  const wanted = options.studioPort ?? wantedStudioPort();
  const kept = earlier && !isForServices(earlier.registry) ? earlier.registry : undefined;
  const registry = await keptPort(kept, () => freePort(REGISTRY_PORT));
  const studio = wanted === "any" ? await freePort(STUDIO_PORT + 1) : wanted;
  if (!(await isPortFree(studio))) throw new PortTakenError(studio, "the studio");
  return { registry, studio };
}

/** Id that tells the platforms on this machine apart. */
export function newId(): string {
  return randomBytes(3).toString("hex");
}

/**
 * The identity of the instance in `home`: the stored one, or a new one. A new network is chosen if another instance
 * took it while this one did not run.
 * @throws PortTakenError if the studio's port is in use
 */
export async function chooseIdentity(home: string, options: IdentityOptions = {}): Promise<InstanceIdentity> {
  const earlier = InstanceLayout.read(home)?.identity;
  const ports: HostPorts = {
    ...(await choosePorts(earlier?.ports, options)),
    ingress: await keptPort(earlier?.ports.ingress, async () =>
      options.studioPort !== "any" && (await isPortFree(INGRESS_PORT)) ? INGRESS_PORT : freePort(NEXT_INGRESS_PORT),
    ),
  };
  const identity = { id: earlier?.id ?? newId(), link: freeLink(), ports };
  fs.mkdirSync(home, { recursive: true, mode: 0o700 });
  writeJsonFile(InstanceLayout.identityFile(home), identity);
  return identity;
}
