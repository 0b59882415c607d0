import { z } from "zod";
import { volumeSpecSchema } from "../deployment-spec";
import { external, flag, mapping, named, pairs, settings, text, textOrTexts, texts } from "./parts";
import { service } from "./service";

const network = mapping({
  name: text.optional(),
  driver: text.optional(),
  driver_opts: settings.optional(),
  ipam: mapping({
    driver: text.optional(),
    config: z
      .array(
        mapping({
          subnet: text.optional(),
          ip_range: text.optional(),
          gateway: text.optional(),
          aux_addresses: settings.optional(),
        }),
      )
      .optional(),
    options: settings.optional(),
  }).optional(),
  external,
  internal: flag.optional(),
  enable_ipv4: flag.optional(),
  enable_ipv6: flag.optional(),
  attachable: flag.optional(),
  labels: pairs.optional(),
}).nullable();

const volume = mapping({
  "x-nexus": volumeSpecSchema.optional(),
  name: text.optional(),
  driver: text.optional(),
  driver_opts: settings.optional(),
  external,
  labels: pairs.optional(),
}).nullable();

const secret = mapping({
  name: text.optional(),
  environment: text.optional(),
  file: text.optional(),
  external,
  labels: pairs.optional(),
  driver: text.optional(),
  driver_opts: settings.optional(),
  template_driver: text.optional(),
});

const config = mapping({
  name: text.optional(),
  content: text.optional(),
  environment: text.optional(),
  file: text.optional(),
  external,
  labels: pairs.optional(),
  template_driver: text.optional(),
});

const model = mapping({
  name: text.optional(),
  model: text.optional(),
  context_size: z.int().optional(),
  runtime_flags: texts.optional(),
});

const include = z.union([
  text,
  mapping({ path: textOrTexts, env_file: textOrTexts.optional(), project_directory: text.optional() }),
]);

/** The compose specification, according to its schema of 2026. A single file may contain only a part of it. */
export const composeSchema = mapping({
  version: z.union([text, z.number()]).optional(),
  name: text.optional(),
  include: z.array(include).optional(),
  services: named(service).nullable().optional(),
  models: named(model).optional(),
  networks: named(network).nullable().optional(),
  volumes: named(volume).nullable().optional(),
  secrets: named(secret).optional(),
  configs: named(config).optional(),
});
