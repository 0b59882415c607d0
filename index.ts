import { DataTier } from "./components/data-tier";
import { Environment } from "./components/environment";
import { GraphStudio } from "./components/graphstudio";
import { Images } from "./components/images";
import { Kernel } from "./components/kernel";
import { kernelSettings } from "./components/kernel/settings";
import { kubernetesProvider } from "./components/lib/provider";
import { commonSettings } from "./components/lib/settings";
import { Networking } from "./components/networking";
import { Secrets } from "./components/secrets";
import { loadConfig } from "./config";
import type { Machine } from "./config/machine";

/** The whole platform. `machine` is where clusters are looked for; null leaves them out, for writing manifests. */
export = function nexus(machine?: Machine | null) {
  const { stack, cluster, secrets: brought, kernel, graphstudio, networking, ...config } = loadConfig(machine);
  const opts = { provider: kubernetesProvider("cluster", cluster) };
  const { registryPassword } = brought;
  const secretFiles = cluster.platform?.buildSecrets;
  const build = { ...config.images, tag: stack, registryPassword, secretFiles };
  const { references: images } = new Images("images", build);

  const settings = { ...commonSettings(config.logLevel, config.features), ...kernelSettings(kernel.workspaces) };
  const { quotas } = config;
  const environment = new Environment("environment", { namespace: config.namespace, quotas, settings }, opts);
  const { namespace } = environment;
  const secrets = new Secrets("secrets", { ...brought, namespace }, opts);

  const shared = { namespace, values: { ...settings, ...secrets.values } };
  const after = [environment.configMap, secrets.secret];
  const { postgres, redis } = config;
  const { migrations } = new DataTier("data", { ...shared, postgres, redis, migrate: images, after }, opts);

  const kernelPods = { image: images["workspace-kernel"], after: [migrations["workspace-kernel"]] };
  const workspaceKernel = new Kernel("kernel", { ...shared, ...kernel, ...kernelPods }, opts);

  const backendPods = { image: images["graphstudio-backend"], after: [migrations["graphstudio-backend"]] };
  const backend = { ...graphstudio.backend, ...backendPods };
  const frontendPods = { image: images["graphstudio-frontend"], after, nodePort: networking.nodePort };
  const frontend = { ...graphstudio.frontend, ...frontendPods };
  const studio = new GraphStudio("studio", { ...shared, kernel: workspaceKernel, backend, frontend }, opts);

  const ports = { kernelHttpPort: kernel.httpPort, kernelWsPort: kernel.wsPort };
  const nodePortUrl = cluster.local ? cluster.platform?.urls.studio : undefined;
  const telemetry = config.features.trilog;
  const edge = new Networking("networking", { namespace, ...networking, ...ports, nodePortUrl, telemetry }, opts);

  const endpoints = { kernel: workspaceKernel.endpoint, backend: studio.backendEndpoint };
  return { namespace, urls: { studio: edge.studioUrl }, endpoints, images };
};
