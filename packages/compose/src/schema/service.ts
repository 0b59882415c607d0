import { z } from "zod";
import { deploymentSpecSchema } from "../deployment-spec";
import { deploy } from "./deploy";
import {
  devices,
  extraHosts,
  fileReference,
  flag,
  hook,
  mapping,
  named,
  number,
  oneOf,
  pairs,
  settings,
  text,
  textOrTexts,
  texts,
  ulimits,
  whole,
} from "./parts";

const build = z.union([
  text,
  mapping({
    context: text.optional(),
    dockerfile: text.optional(),
    dockerfile_inline: text.optional(),
    entitlements: texts.optional(),
    args: pairs.optional(),
    ssh: z.union([text, pairs]).optional(),
    labels: pairs.optional(),
    cache_from: texts.optional(),
    cache_to: texts.optional(),
    no_cache: flag.optional(),
    no_cache_filter: textOrTexts.optional(),
    additional_contexts: pairs.optional(),
    network: text.optional(),
    provenance: z.union([flag, text]).optional(),
    sbom: z.union([flag, text]).optional(),
    pull: flag.optional(),
    target: text.optional(),
    shm_size: number.optional(),
    extra_hosts: extraHosts.optional(),
    isolation: text.optional(),
    privileged: flag.optional(),
    secrets: z.array(fileReference).optional(),
    tags: texts.optional(),
    ulimits: ulimits.optional(),
    platforms: texts.optional(),
  }),
]);

const blkioLimit = z.array(mapping({ path: text, rate: number }));

const dependency = mapping({
  condition: oneOf("service_started", "service_healthy", "service_completed_successfully"),
  restart: flag.optional(),
  required: flag.optional(),
});

const healthcheck = mapping({
  disable: flag.optional(),
  test: textOrTexts.optional(),
  interval: text.optional(),
  timeout: text.optional(),
  retries: whole.optional(),
  start_period: text.optional(),
  start_interval: text.optional(),
});

const network = mapping({
  aliases: texts.optional(),
  interface_name: text.optional(),
  ipv4_address: text.optional(),
  ipv6_address: text.optional(),
  link_local_ips: texts.optional(),
  mac_address: text.optional(),
  driver_opts: settings.optional(),
  priority: number.optional(),
  gw_priority: number.optional(),
}).nullable();

const port = z.union([
  z.number(),
  text,
  mapping({
    name: text.optional(),
    mode: text.optional(),
    host_ip: text.optional(),
    target: z.union([z.int(), text]),
    published: z.union([z.int(), text]).optional(),
    protocol: text.optional(),
    app_protocol: text.optional(),
  }),
]);

const volume = z.union([
  text,
  mapping({
    type: oneOf("bind", "volume", "tmpfs", "cluster", "npipe", "image"),
    source: text.optional(),
    target: text.optional(),
    read_only: flag.optional(),
    consistency: text.optional(),
    bind: mapping({
      propagation: text.optional(),
      create_host_path: flag.optional(),
      recursive: text.optional(),
      selinux: oneOf("z", "Z").optional(),
    }).optional(),
    volume: mapping({ labels: pairs.optional(), nocopy: flag.optional(), subpath: text.optional() }).optional(),
    tmpfs: mapping({ size: number.optional(), mode: number.optional() }).optional(),
    image: mapping({ subpath: text.optional() }).optional(),
  }),
]);

const watch = mapping({
  path: text,
  action: text,
  target: text.optional(),
  ignore: textOrTexts.optional(),
  include: textOrTexts.optional(),
  initial_sync: flag.optional(),
  exec: hook.optional(),
});

const envFile = mapping({ path: text, format: text.optional(), required: flag.optional() });

/** `services.*`, in alphabetical order as far as possible. */
export const service = mapping({
  "x-nexus": deploymentSpecSchema.optional(),
  annotations: pairs.optional(),
  attach: flag.optional(),
  blkio_config: mapping({
    device_read_bps: blkioLimit.optional(),
    device_read_iops: blkioLimit.optional(),
    device_write_bps: blkioLimit.optional(),
    device_write_iops: blkioLimit.optional(),
    weight: whole.optional(),
    weight_device: z.array(mapping({ path: text, weight: whole })).optional(),
  }).optional(),
  build: build.optional(),
  cap_add: texts.optional(),
  cap_drop: texts.optional(),
  cgroup: oneOf("host", "private").optional(),
  cgroup_parent: text.optional(),
  command: z.union([text, texts]).nullable().optional(),
  configs: z.array(fileReference).optional(),
  container_name: text.optional(),
  cpu_count: whole.optional(),
  cpu_percent: number.optional(),
  cpu_period: number.optional(),
  cpu_quota: number.optional(),
  cpu_rt_period: number.optional(),
  cpu_rt_runtime: number.optional(),
  cpu_shares: number.optional(),
  cpus: number.optional(),
  cpuset: text.optional(),
  credential_spec: mapping({ config: text.optional(), file: text.optional(), registry: text.optional() }).optional(),
  depends_on: z.union([texts, named(dependency)]).optional(),
  deploy: deploy.optional(),
  develop: mapping({ watch: z.array(watch).optional() })
    .nullable()
    .optional(),
  device_cgroup_rules: texts.optional(),
  devices: z
    .array(z.union([text, mapping({ source: text, target: text.optional(), permissions: text.optional() })]))
    .optional(),
  dns: textOrTexts.optional(),
  dns_opt: texts.optional(),
  dns_search: textOrTexts.optional(),
  domainname: text.optional(),
  entrypoint: z.union([text, texts]).nullable().optional(),
  env_file: z.union([text, z.array(z.union([text, envFile]))]).optional(),
  environment: pairs.optional(),
  expose: z.array(z.union([text, z.number()])).optional(),
  extends: z.union([text, mapping({ service: text, file: text.optional() })]).optional(),
  external_links: texts.optional(),
  extra_hosts: extraHosts.optional(),
  gpus: z.union([z.literal("all"), devices]).optional(),
  group_add: z.array(z.union([text, z.number()])).optional(),
  healthcheck: healthcheck.optional(),
  hostname: text.optional(),
  image: text.optional(),
  init: flag.optional(),
  ipc: text.optional(),
  isolation: text.optional(),
  label_file: textOrTexts.optional(),
  labels: pairs.optional(),
  links: texts.optional(),
  logging: mapping({ driver: text.optional(), options: settings.optional() }).optional(),
  mac_address: text.optional(),
  mem_limit: number.optional(),
  mem_reservation: number.optional(),
  mem_swappiness: whole.optional(),
  memswap_limit: number.optional(),
  models: z
    .union([texts, named(mapping({ endpoint_var: text.optional(), model_var: text.optional() }).nullable())])
    .optional(),
  network_mode: text.optional(),
  networks: z.union([texts, named(network)]).optional(),
  oom_kill_disable: flag.optional(),
  oom_score_adj: whole.optional(),
  pid: text.nullable().optional(),
  pids_limit: whole.optional(),
  platform: text.optional(),
  ports: z.array(port).optional(),
  post_start: z.array(hook).optional(),
  pre_start: z.array(z.looseObject({})).optional(),
  pre_stop: z.array(hook).optional(),
  privileged: flag.optional(),
  profiles: z.array(text).optional(),
  provider: mapping({ type: text, options: z.record(z.string(), z.unknown()).optional() }).optional(),
  pull_policy: text
    .regex(/^(always|never|build|if_not_present|missing|refresh|daily|weekly|every_\w+|)$/, {
      error:
        "is not a pull policy; use always, never, missing, if_not_present, build, daily, weekly or every_<duration>",
    })
    .optional(),
  pull_refresh_after: text.optional(),
  read_only: flag.optional(),
  restart: text
    .regex(/^(no|always|unless-stopped|on-failure(:\d+)?|)$/, {
      error: 'is not a restart policy; use "no", always, unless-stopped or on-failure[:attempts]',
    })
    .optional(),
  runtime: text.optional(),
  scale: whole.optional(),
  secrets: z.array(fileReference).optional(),
  security_opt: texts.optional(),
  shm_size: number.optional(),
  stdin_open: flag.optional(),
  stop_grace_period: text.optional(),
  stop_signal: text.optional(),
  storage_opt: settings.optional(),
  sysctls: pairs.optional(),
  tmpfs: textOrTexts.optional(),
  tty: flag.optional(),
  ulimits: ulimits.optional(),
  use_api_socket: flag.optional(),
  user: z.union([text, z.int()]).optional(),
  userns_mode: text.optional(),
  uts: text.optional(),
  volumes: z.array(volume).optional(),
  volumes_from: texts.optional(),
  working_dir: text.optional(),
});
