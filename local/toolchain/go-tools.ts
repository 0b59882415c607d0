import { KUBERNETES_VERSION } from "../platform/versions";
import { KUBERNETES_SDK_VERSION } from "./shims/sdk-version";

/** Files of a required module, copied from a folder of it into one of ours. */
interface Embeds {
  readonly module: string;
  readonly from: string;
  readonly to: string;
  readonly files: readonly string[];
}

/** A module below local/toolchain/go. Its programs share one version of whatever they import, so it is compiled once. */
export interface GoModule {
  /** Name of the folder. */
  readonly name: string;
  /** Disk space for modules, compiler's cache and results of a build on its own, in GiB. */
  readonly diskGib: number;
  /** Seconds that a build takes on two cores. */
  readonly seconds: number;
  /** Files of a required module that the build embeds. */
  readonly embeds?: Embeds;
}

/** A program, or several that are used together, built from a Go module where it cannot be had otherwise. */
export interface GoTool {
  readonly name: string;
  /** Shown to people and part of the cache's folder name. */
  readonly version: string;
  readonly module: GoModule;
  /** Packages to build. The last part of its path is a program's file name. */
  readonly packages: readonly string[];
  /** Values for string variables, as `package.variable`. */
  readonly variables?: Readonly<Record<string, string>>;
  /** Further names for the first program; it looks at the name it is called by. */
  readonly aliases?: readonly string[];
}

/** All programs of a node, built or official. */
export const KUBERNETES = "kubernetes";
const VERSION_PACKAGE = "k8s.io/component-base/version";
const [major = "", minor = ""] = KUBERNETES_VERSION.replace(/^v/, "").split(".");

const common: GoModule = { name: "common", diskGib: 12, seconds: 450 };
/**
 * The providers compile with no newer release of Pulumi's libraries than 3.245. All other versions are those of `common`,
 * so that the compiler's cache serves both.
 */
const providers: GoModule = {
  name: "providers",
  diskGib: 2,
  seconds: 60,
  embeds: {
    module: "github.com/pulumi/pulumi-kubernetes/provider/v4",
    from: "cmd/pulumi-resource-kubernetes",
    to: "pulumi-resource-kubernetes",
    files: ["schema.json", "terraform-mapping.json"],
  },
};
/** The newest release of the Kubernetes provider that can be had as a module. */
const KUBERNETES_PROVIDER = "4.25.0";

/** In the order in which they are built: what a node needs to start comes first. */
export const goTools: readonly GoTool[] = [
  {
    name: KUBERNETES,
    version: KUBERNETES_VERSION,
    module: common,
    packages: ["./kubernetes"],
    variables: {
      [`${VERSION_PACKAGE}.gitVersion`]: KUBERNETES_VERSION,
      [`${VERSION_PACKAGE}.gitMajor`]: major,
      [`${VERSION_PACKAGE}.gitMinor`]: minor,
      [`${VERSION_PACKAGE}.gitTreeState`]: "clean",
    },
    aliases: ["kube-apiserver", "kube-controller-manager", "kube-scheduler", "kube-proxy", "kubelet", "kubectl"],
  },
  {
    name: "buildkit",
    version: "v0.31.0",
    module: common,
    packages: ["github.com/moby/buildkit/cmd/buildkitd", "github.com/moby/buildkit/cmd/buildctl"],
    variables: { "github.com/moby/buildkit/version.Version": "v0.31.0" },
  },
  { name: "pause", version: "v1", module: common, packages: ["./pause"] },
  { name: "coredns", version: "v1.15.0", module: common, packages: ["./coredns"] },
  { name: "kube-network-policies", version: "v0.7.0", module: common, packages: ["./kube-network-policies"] },
  {
    name: "metrics-server",
    version: "v0.9.0",
    module: common,
    packages: ["sigs.k8s.io/metrics-server/cmd/metrics-server"],
  },
  {
    name: "pulumi",
    version: "v3.274.1",
    module: common,
    packages: ["github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"],
    variables: { "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version": "v3.274.1" },
  },
  {
    name: "pulumi-resource-docker-build",
    version: "v0.0.22",
    module: providers,
    packages: ["github.com/pulumi/pulumi-docker-build/provider/cmd/pulumi-resource-docker-build"],
    variables: { "github.com/pulumi/pulumi-docker-build/provider.Version": "0.0.22" },
  },
  {
    name: "pulumi-resource-kubernetes",
    version: `v${KUBERNETES_PROVIDER}`,
    module: providers,
    packages: ["./pulumi-resource-kubernetes"],
    variables: {
      // Reports the version that the SDK asks for, or the engine would warn in each run. The real one follows the plus.
      "github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/version.Version": `v${KUBERNETES_SDK_VERSION}+${KUBERNETES_PROVIDER}`,
    },
  },
];

/** The modules of some tools, each once, in their order. */
export function modulesOf(tools: readonly GoTool[]): GoModule[] {
  return [...new Set(tools.map((tool) => tool.module))];
}
