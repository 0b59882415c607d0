import lock from "../../../package-lock.json";

interface Entry {
  readonly version?: string;
  readonly link?: boolean;
  readonly integrity?: string;
  readonly resolved?: string;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const entries = Object.entries(lock.packages as Record<string, Entry>);

test("the lock file has every optional package of other platforms, without which npm ci fails there", () => {
  const names = new Set(entries.map(([key]) => key.split("node_modules/").pop()));
  const missing = entries.flatMap(([key, entry]) =>
    Object.keys(entry.optionalDependencies ?? {})
      .filter((name) => !names.has(name))
      .map((name) => `${key} -> ${name}`),
  );
  expect(missing).toEqual([]);
});

test("every package is pinned by a hash, and no registry's address is written down", () => {
  const installed = entries.filter(([key, entry]) => key.includes("node_modules/") && !entry.link);
  expect(installed.filter(([, entry]) => !entry.integrity).map(([key]) => key)).toEqual([]);
  expect(installed.filter(([, entry]) => entry.resolved).map(([key]) => key)).toEqual([]);
});
