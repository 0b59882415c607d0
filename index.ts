import type * as pulumi from "@pulumi/pulumi";
import { checkComposeStacks, composeStacks } from "./components/compose/stacks";
import { DataTier } from "./components/data-tier";
import { checkForeignServer } from "./components/data-tier/foreign-server";
import { checkModeChange } from "./components/data-tier/mode-change";
import { volumeOf } from "./components/data-tier/volume";
import { GraphStudio } from "./components/graphstudio";
import { Images } from "./components/images";
import { registryLogin } from "./components/images/types";
import { Kernel } from "./components/kernel";
import { authorityFiles } from "./components/lib/authorities";
import type { Platform } from "./components/lib/platform";
import { clusterOptions } from "./components/lib/provider";
import { serviceUrls } from "./components/lib/service-urls";
import { sharedSettings } from "./components/lib/settings";
import { Networking } from "./components/networking";
import { NexusOs } from "./components/nexus-os";
import { PlatformNamespace } from "./components/platform-namespace";
import { OwnCluster } from "./components/own-cluster";
import { boundsBefore, boundsOf, quotaChange } from "./components/quota";
import { Releases } from "./components/releases";
import { newestRelease } from "./components/releases/recorded";
import { checkRotation, rotationState } from "./components/rotation";
import { Secrets } from "./components/secrets";
import { migratedServices, nameOf, PRIVATE_NETWORKS, tenantNamespaces } from "@nexus/contract";
import { loadConfig } from "./config";
import { databasePlace } from "./config/database-place";
import { setConfiguration } from "./config/inputs";
import { refusePublishedPassphrase } from "./config/passphrase";
import type { Machine } from "./config/machine";
import { Guard } from "./components/guard";
import { type LookUp, lookUp } from "./components/guard/look-up";
import { recordedResources } from "./components/guard/recorded";

/**
 * The whole platform.
 * @param machine where to look for clusters; null if manifests are only written
 * @param ask asks the cluster which objects it has; null if nobody asks it
 */
export = async function nexus(machine?: Machine | null, ask: LookUp | null = machine === undefined ? lookUp : null) {
  const config = loadConfig(machine);
  const { names, services, connections, trustedProxies } = config;
  const isDeployed = machine === undefined;
  if (isDeployed) refusePublishedPassphrase(config.stack);
  const recorded = isDeployed ? await recordedResources() : [];
  checkRotation(rotationState(recorded), config.rotation);
  if (ask && config.postgres.mode === "external" && connections.database)
    await checkForeignServer({
      connection: connections.database,
      password: config.secrets.databasePassword,
      backupImage: config.backup ? config.postgres.image : null,
    });
  const newest = newestRelease(recorded);
  checkModeChange(newest && databasePlace(newest.configuration), config.postgres, {
    namespace: config.namespace,
    users: migratedServices.filter((service) => services.includes(service)).map((service) => nameOf(names, service)),
  });
  const guard = new Guard({ cluster: config.cluster, namespace: config.namespace, ask, recorded });
  const opts = clusterOptions("cluster", config.cluster, guard.options, config.stack === "staging");

  const build = {
    names,
    registry: config.images.registry,
    tag: config.images.tag,
    registryUsername: config.images.registryUsername,
    registryPassword: config.secrets.registryPassword,
    builderName: config.images.builderName,
    secretFiles: config.images.secretFiles,
  };
  const { builder, references } = config.images;
  const login = registryLogin(build);
  const inlineDockerfiles = builder === "buildkit";
  const builds = builder === "prebuilt" ? undefined : { ...build, inlineDockerfiles, login };
  checkComposeStacks(config.compose, builds);
  const images = new Images("images", { build, services, builder, references }, guard.options);

  const settings = sharedSettings({ config, connections, services });
  const authorities = authorityFiles(connections);
  const before = await boundsBefore(ask, config.cluster, { name: names.platform, namespace: config.namespace });
  const quota = quotaChange(before, boundsOf(config.quotas));
  const environment = { namespace: config.namespace, names, settings, authorities, quota };
  const platformNamespace = new PlatformNamespace("environment", environment, opts);
  const { namespace } = platformNamespace;
  const brought = {
    jwtSecretKey: config.secrets.jwtSecretKey,
    jwtSecretKeyPrevious: config.secrets.jwtSecretKeyPrevious,
    databasePassword: config.secrets.databasePassword,
    redisPassword: config.secrets.redisPassword,
    openaiApiKey: config.secrets.openaiApiKey,
    anthropicApiKey: config.secrets.anthropicApiKey,
    backupKey: config.backup?.settings.encrypted === true ? config.secrets.backupKey : null,
    backupKeyPrevious: config.secrets.backupKeyPrevious,
    backupAccessKey: config.secrets.backupAccessKey,
    backupSecretKey: config.secrets.backupSecretKey,
    billingSecret: config.secrets.billingSecret,
    oidcClientSecret: config.secrets.oidcClientSecret,
    mailPassword: config.secrets.mailPassword,
  };
  const { rotation } = config;
  const ownDatabase = config.postgres.mode === "builtin";
  const secrets = new Secrets("secrets", { namespace, names, brought, rotation, ownDatabase, registry: login }, opts);

  const platform: Platform = {
    namespace,
    names,
    values: { ...settings, ...secrets.values },
    imagePullSecrets: secrets.imagePullSecrets,
    deadlineSeconds: config.rollout.deadlineSeconds,
    urls: serviceUrls({ namespace, names, services, kernel: config.kernel, nexusOs: config.nexusOs }),
  };
  const data = new DataTier(
    "data",
    {
      platform,
      postgres: config.postgres,
      connection: connections.database,
      backup: config.backup?.settings ?? null,
      volume: volumeOf(recorded, { name: names.postgres, namespace: config.namespace }),
      redis: config.redis,
      images: images.references,
      rotation,
      after: [...platformNamespace.objects, ...secrets.objects],
    },
    opts,
  );
  const kernel = new Kernel(
    "kernel",
    {
      platform,
      image: images.of("workspace-kernel"),
      after: data.before("workspace-kernel"),
      nodePort: config.nodePorts.kernel,
      // Where there is a studio, its nginx is one of the proxies.
      trustedProxies: config.graphstudio.frontend.enabled ? trustedProxies : trustedProxies - 1,
      settings: config.kernel,
    },
    opts,
  );
  const pods: pulumi.Resource[] = [data, kernel];
  if (config.nexusOs.enabled) {
    const [image, after] = [images.of("nexus-os"), data.before("nexus-os")];
    pods.push(new NexusOs("nexus-os", { platform, image, after, trustedProxies, settings: config.nexusOs }, opts));
  }
  const { backend, frontend } = config.graphstudio;
  if (backend.enabled || frontend.enabled) {
    const accounts = () => ({
      platform,
      image: images.of("graphstudio-backend"),
      after: data.before("graphstudio-backend"),
      trustedProxies,
      ownCluster: config.clusters.own,
      settings: backend,
    });
    const web = () => ({
      platform,
      image: images.of("graphstudio-frontend"),
      after: data.before("graphstudio-frontend"),
      nodePort: config.nodePorts.frontend,
      // The studio's own nginx is one of the backend's proxies.
      trustedProxies: trustedProxies - 1,
      settings: frontend,
    });
    const parts = { backend: backend.enabled ? accounts() : undefined, frontend: frontend.enabled ? web() : undefined };
    pods.push(new GraphStudio("studio", parts, opts));
  }
  if (backend.enabled && config.clusters.own) {
    const namespaces = tenantNamespaces(config.namespace, config.clusters.ownNamespaces);
    pods.push(new OwnCluster("own-cluster", { namespace, names, namespaces }, opts));
  }
  platformNamespace.podsAre(pods);
  const apiServers = config.clusters.ownServers?.split(",") ?? PRIVATE_NETWORKS;
  const apiPorts = config.clusters.ports.split(",").map(Number);
  const networking = new Networking(
    "networking",
    {
      namespace,
      names,
      services,
      database: connections.database,
      cache: connections.cache,
      issuer: connections.issuer,
      backupStorage: config.backup?.storage,
      operator:
        config.postgres.mode === "cloudnativepg"
          ? { namespace: config.postgres.cloudnativepg.operatorNamespace, apiServers, apiPorts }
          : null,
      kernelHttpPort: config.kernel.httpPort,
      kernelWsPort: config.kernel.wsPort,
      nexusOsPort: config.nexusOs.httpPort,
      kernelAi: config.kernel.ai,
      mailPort: config.graphstudio.backend.mailHost === null ? null : config.graphstudio.backend.mailPort,
      clusters: {
        ports: apiPorts,
        privateNetworks: config.clusters.privateNetworks?.split(",") ?? [],
        ownServers: config.clusters.own ? apiServers : [],
      },
      nodePortUrl: config.nodePortUrl,
      ingressPort: config.ingressPort,
      telemetry: config.features.trilog,
      settings: config.networking,
    },
    opts,
  );

  const { urls } = platform;
  const endpoints = { kernel: urls.kernel, backend: urls.backend, nexusOs: urls.nexusOs };
  const projects = composeStacks(
    config.compose,
    { builds, builder: images.builder, served: config.images.served },
    opts,
  );
  const compose = Object.fromEntries(Object.entries(projects).map(([name, project]) => [name, project.endpoints]));
  const outputs = { namespace, urls: { studio: networking.studioUrl }, endpoints, images: images.references, compose };
  if (!isDeployed) {
    await guard.check();
    return outputs;
  }
  const set = setConfiguration();
  const releases = new Releases(
    "releases",
    {
      namespace,
      names,
      configuration: set.values,
      brought: set.secrets,
      recorded,
      images: images.references,
      secrets: secrets.values,
      schemas: config.postgres.mode === "none" ? [] : migratedServices.filter((service) => services.includes(service)),
      after: [platformNamespace, secrets, ...pods, networking, ...Object.values(projects)],
    },
    opts,
  );
  await guard.check();
  return { ...outputs, release: releases.newest };
};
