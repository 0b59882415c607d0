import * as fs from "node:fs";
import * as path from "node:path";
import type { InstanceLayout } from "./layout";

/** Name of the buildx builder that leads to the local platform's BuildKit. */
export const BUILDER = "nexus";

/**
 * Writes a Docker configuration folder of our own, with one buildx builder. The docker-build provider finds the
 * builder there by name; the user's own Docker configuration is not read or changed.
 */
export function writeDockerConfig(layout: InstanceLayout): void {
  const instances = path.join(layout.dockerConfig, "buildx/instances");
  fs.mkdirSync(instances, { recursive: true, mode: 0o700 });
  const builder = {
    Name: BUILDER,
    Driver: "remote",
    Nodes: [
      {
        Name: `${BUILDER}0`,
        Endpoint: `unix://${layout.buildkitSocket}`,
        Platforms: null,
        DriverOpts: null,
        Flags: null,
        Files: null,
      },
    ],
    Dynamic: false,
  };
  fs.writeFileSync(path.join(instances, BUILDER), JSON.stringify(builder));
  fs.writeFileSync(path.join(layout.dockerConfig, "config.json"), "{}\n");
}
