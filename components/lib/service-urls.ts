import type * as pulumi from "@pulumi/pulumi";
import { type BuiltService, containerPorts, type Names, serviceHost } from "@nexus/contract";

/** URLs inside the cluster; undefined for a service that the topology does not have. */
export interface ServiceUrls {
  readonly kernel: pulumi.Output<string>;
  readonly kernelSockets: pulumi.Output<string>;
  readonly backend: pulumi.Output<string> | undefined;
  readonly nexusOs: pulumi.Output<string> | undefined;
  /** Who serves /ai/: the AI service, or the kernel. */
  readonly ai: pulumi.Output<string> | undefined;
}

export interface UrlSettings {
  readonly namespace: pulumi.Output<string>;
  readonly names: Names;
  readonly services: readonly BuiltService[];
  readonly kernel: KernelPorts & { readonly ai: boolean };
  readonly nexusOs: { readonly httpPort: number };
}

/** Ports of the kernel's containers, and of its Service if they differ. */
export interface KernelPorts {
  readonly httpPort: number;
  readonly wsPort: number;
  readonly serviceHttpPort: number | null;
  readonly serviceWsPort: number | null;
}

/** Made from names alone, so that two services may refer to each other. */
export function serviceUrls({ namespace, names, services, kernel, nexusOs }: UrlSettings): ServiceUrls {
  const url = (name: string, port: number) => namespace.apply((given) => `http://${serviceHost(name, given)}:${port}`);
  const kernelUrl = url(names.kernel, kernel.serviceHttpPort ?? kernel.httpPort);
  const nexusOsUrl = services.includes("nexus-os") ? url(names.nexusOs, nexusOs.httpPort) : undefined;
  return {
    kernel: kernelUrl,
    kernelSockets: url(names.kernel, kernel.serviceWsPort ?? kernel.wsPort),
    backend: services.includes("graphstudio-backend") ? url(names.backend, containerPorts.backend) : undefined,
    nexusOs: nexusOsUrl,
    ai: nexusOsUrl ?? (kernel.ai ? kernelUrl : undefined),
  };
}
