import * as fs from "node:fs";
import * as path from "node:path";
import { convert, type Conversion, type ConvertOptions } from "@nexus/compose";
import { repositoryRoot } from "@nexus/host";

export const fixtures = path.join(repositoryRoot, "tests/fixtures/compose");

/** The machine's environment in these tests. */
export const environment = { GRAFANA_ADMIN: "moss-and-fern", DKIM_KEY: "dkim", FROM_MACHINE: "here", TAG: "9" };

export function convertFixture(name: string, options: Partial<ConvertOptions> = {}): Conversion {
  return convert({ files: [path.join(fixtures, `${name}.yaml`)], environment, ...options });
}

export function fixtureNames(): string[] {
  return fs
    .readdirSync(fixtures)
    .filter((file) => file.endsWith(".yaml"))
    .map((file) => file.replace(/\.yaml$/, ""));
}
