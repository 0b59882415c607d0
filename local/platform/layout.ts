import * as path from "node:path";
import { localUrl, readJsonFile } from "@nexus/host";
import { clusterSettings, platformsPrefix } from "./cluster-settings";

/** Path of the descriptor of `home`'s platform. */
export function descriptorFile(home: string): string {
  return path.join(home, "platform.json");
}

/** Ports of this machine's loopback interface that lead into an instance. */
export interface HostPorts {
  /** Container registry. The port is the same inside and outside, so that an image reference is valid on both sides. */
  readonly registry: number;
  /** Leads to NodePort 30080, the studio. */
  readonly studio: number;
  /** Leads to the ingress controller; undefined if an earlier release started the platform. */
  readonly ingress?: number;
}

/** The values that distinguish the instances on one machine. They are chosen at the first start and kept. */
export interface InstanceIdentity {
  /** Six hexadecimal digits; part of interface, cgroup and folder names. */
  readonly id: string;
  /** Third octet of the network between the machine and the node. */
  readonly link: number;
  readonly ports: HostPorts;
}

/** All paths and addresses of one instance of the local platform. */
export class InstanceLayout {
  public constructor(
    public readonly home: string,
    public readonly identity: InstanceIdentity,
  ) {}

  public static identityFile(home: string): string {
    return path.join(home, "instance.json");
  }

  /** The layout of the instance in `home`; undefined if none was ever started. */
  public static read(home: string): InstanceLayout | undefined {
    const identity = readJsonFile<InstanceIdentity>(InstanceLayout.identityFile(home));
    return identity && new InstanceLayout(home, identity);
  }

  public get hostAddress(): string {
    return `${platformsPrefix}.${this.identity.link}.1`;
  }
  public get nodeAddress(): string {
    return `${platformsPrefix}.${this.identity.link}.2`;
  }
  public get apiServer(): string {
    return `https://${this.nodeAddress}:${clusterSettings.apiPort}`;
  }
  public get registry(): string {
    return `localhost:${this.identity.ports.registry}`;
  }
  public get studioUrl(): string {
    return `http://localhost:${this.identity.ports.studio}`;
  }
  /** URL of Ingresses of class nginx with the host localhost. */
  public get ingressUrl(): string | undefined {
    const { ingress } = this.identity.ports;
    return ingress ? localUrl(ingress) : undefined;
  }
  public get hostInterface(): string {
    return `nx${this.identity.id}h`;
  }
  public get nodeInterface(): string {
    return `nx${this.identity.id}n`;
  }
  public get cgroup(): string {
    return `nexus-${this.identity.id}`;
  }
  /** Folder of sockets. Its path is short, because a socket's path may have at most 107 bytes. */
  public get runDir(): string {
    return `/run/nexus/${this.identity.id}`;
  }
  public get buildkitSocket(): string {
    return path.join(this.runDir, "buildkitd.sock");
  }
  public get daemonLog(): string {
    return path.join(this.home, "daemon.log");
  }
  public get daemonPidFile(): string {
    return path.join(this.home, "daemon.pid");
  }
  public get statusFile(): string {
    return path.join(this.home, "status.json");
  }
  public get descriptorFile(): string {
    return descriptorFile(this.home);
  }
  public get kubeconfig(): string {
    return path.join(this.home, "kubeconfig");
  }
  public get dockerConfig(): string {
    return path.join(this.home, "docker");
  }
  public get pkiDir(): string {
    return path.join(this.home, "pki");
  }
  public get configDir(): string {
    return path.join(this.home, "config");
  }
  /** Audit log of the Kubernetes API. */
  public get auditLog(): string {
    return path.join(this.logDir, "audit.log");
  }
  public get logDir(): string {
    return path.join(this.home, "logs");
  }
  /** Data that must outlive a restart: etcd, containers, images, volumes. */
  public get dataDir(): string {
    return path.join(this.home, "data");
  }
  /** The node's root file system, mounted only inside the node's mount namespace. */
  public get rootDir(): string {
    return path.join(this.home, "root");
  }
  public get registryData(): string {
    return path.join(this.dataDir, "registry");
  }
}
