import { checkComposeStacks, composeStacks } from "./components/compose/stacks";
import { DataTier } from "./components/data-tier";
import { GraphStudio } from "./components/graphstudio";
import { Images } from "./components/images";
import { registryLogin } from "./components/images/types";
import { Kernel } from "./components/kernel";
import { authorityFiles } from "./components/lib/authorities";
import { optional } from "./components/lib/component";
import type { BuiltService } from "@nexus/contract";
import { clusterOptions } from "./components/lib/provider";
import { serviceUrls } from "./components/lib/service-urls";
import { sharedSettings } from "./components/lib/settings";
import { Networking } from "./components/networking";
import { NexusOs } from "./components/nexus-os";
import { PlatformNamespace } from "./components/platform-namespace";
import { Secrets } from "./components/secrets";
import { loadConfig } from "./config";
import type { Machine } from "./config/machine";
import { Guard } from "./components/guard";
import { type LookUp, lookUp } from "./components/guard/look-up";

/**
 * The whole platform.
 * @param machine where clusters are looked for; null leaves them out, for writing manifests
 * @param ask how the cluster is asked what it has; null where nobody asks it
 */
export = async function nexus(machine?: Machine | null, ask: LookUp | null = machine === undefined ? lookUp : null) {
  const { cluster, secrets: brought, names, services, connections, ...config } = loadConfig(machine);
  const { kernel, graphstudio, nexusOs, networking, nodePorts, quotas, trustedProxies } = config;
  const { postgres, redis, rollout } = config;
  checkComposeStacks(config.compose);
  const guard = new Guard({ cluster, namespace: config.namespace, ask });
  const opts = clusterOptions("cluster", cluster, guard.options);
  const build = { ...config.images, names, services, registryPassword: brought.registryPassword };
  const images = new Images("images", build, guard.options);

  const settings = sharedSettings({ config, connections, services });
  const bounds = { namespace: config.namespace, names, quotas, authorities: authorityFiles(connections) };
  const platformNamespace = new PlatformNamespace("environment", { ...bounds, settings }, opts);
  const { namespace } = platformNamespace;
  const secrets = new Secrets("secrets", { ...brought, namespace, names, registry: registryLogin(build) }, opts);

  const { imagePullSecrets } = secrets;
  const urls = serviceUrls({ namespace, names, services, kernel, nexusOs });
  const values = { ...settings, ...secrets.values };
  const shared = { namespace, names, urls, imagePullSecrets, ...rollout, values };
  const after = [...platformNamespace.objects, ...secrets.objects];
  const data = new DataTier("data", { ...shared, postgres, redis, images: images.references, after }, opts);
  const pods = (service: BuiltService) => ({ image: images.of(service), after: data.before(service) });

  new Kernel("kernel", { ...shared, ...kernel, ...pods("workspace-kernel"), nodePort: nodePorts.kernel }, opts);
  optional(nexusOs.enabled, () => new NexusOs("nexus-os", { ...shared, ...nexusOs, ...pods("nexus-os") }, opts));
  const accounts = () => ({ ...graphstudio.backend, ...pods("graphstudio-backend"), trustedProxies });
  const backend = optional(graphstudio.backend.enabled, accounts);
  const web = () => ({
    ...graphstudio.frontend,
    ...pods("graphstudio-frontend"),
    nodePort: nodePorts.frontend,
    trustedProxies: trustedProxies - 1,
  });
  const frontend = optional(graphstudio.frontend.enabled, web);
  optional(Boolean(backend ?? frontend), () => new GraphStudio("studio", { ...shared, backend, frontend }, opts));

  const ports = { kernelHttpPort: kernel.httpPort, kernelWsPort: kernel.wsPort, nexusOsPort: nexusOs.httpPort };
  const policies = { names, services, ...connections, telemetry: config.features.trilog };
  const doors = { ...networking, nodePortUrl: config.nodePortUrl, ingressPort: config.ingressPort };
  const edge = new Networking("networking", { namespace, ...doors, ...ports, ...policies }, opts);

  const endpoints = { kernel: urls.kernel, backend: urls.backend, nexusOs: urls.nexusOs };
  const compose = composeStacks(config.compose, opts);
  await guard.check();
  return { namespace, urls: { studio: edge.studioUrl }, endpoints, images: images.references, compose };
};
