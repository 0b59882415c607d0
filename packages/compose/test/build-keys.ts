/** Sample values for those keys of `build` whose value is not text. */
const SAMPLES: readonly (readonly [RegExp, string])[] = [
  [/^(args|labels|additional_contexts|ulimits|extra_hosts)$/, "{ a: '1' }"],
  [/^(cache_from|cache_to|tags|platforms|entitlements|secrets)$/, "[a]"],
  [/^(no_cache|pull|privileged)$/, "true"],
  [/^dockerfile$/, "Other.Dockerfile"],
];

/** A service whose image is built, without and with a key of `build`; undefined for any other key. */
export function buildPair(key: string): readonly [string, string] | undefined {
  const [, name] = /^services\.\*\.build\.(\w+)$/.exec(key) ?? [];
  if (name === undefined) return undefined;
  const built = (build: string) => `{ pull_policy: build, build: { ${build} } }`;
  if (name === "context") return [built(""), built("context: build")];
  const sample = SAMPLES.find(([keys]) => keys.test(name))?.[1] ?? "'1'";
  return [built("context: build"), built(`context: build, ${name}: ${sample}`)];
}
