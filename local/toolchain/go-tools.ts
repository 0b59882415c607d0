import { KUBERNETES_VERSION } from "../platform/versions";
import { KUBERNETES_SDK_VERSION } from "./shims/sdk-version";

/** Files to copy from a folder of a required module into a folder of ours. */
interface Embeds {
  readonly module: string;
  readonly from: string;
  readonly to: string;
  readonly files: readonly string[];
}

/**
 * A module below local/toolchain/go. All its programs use the same version of each import, so the import is compiled
 * once.
 */
export interface GoModule {
  /** Name of the folder. */
  readonly name: string;
  /** Disk space in GiB that a build of this module alone needs for modules, compiler cache and results. */
  readonly diskGib: number;
  /** Seconds that a build takes on two cores. */
  readonly seconds: number;
  /** Files of a required module that the build embeds. */
  readonly embeds?: Embeds;
}

/** A program, or a group of programs, built from a Go module if it can be neither found nor downloaded. */
export interface GoTool {
  readonly name: string;
  /** Shown to people, and part of the name of the cache's folder. */
  readonly version: string;
  readonly module: GoModule;
  /** Packages to build. The last part of a package's path is the file name of its program. */
  readonly packages: readonly string[];
  /** Values for string variables, as `package.variable`. */
  readonly variables?: Readonly<Record<string, string>>;
  /** Other names of the first program, which behaves according to the name that it is called by. */
  readonly aliases?: readonly string[];
}

/** All programs of a node, built or downloaded. */
export const KUBERNETES = "kubernetes";
const VERSION_PACKAGE = "k8s.io/component-base/version";
const [major = "", minor = ""] = KUBERNETES_VERSION.replace(/^v/, "").split(".");

const common: GoModule = { name: "common", diskGib: 12, seconds: 450 };
/**
 * The providers cannot be compiled with a release of Pulumi's libraries that is newer than 3.245. All other versions
 * are those of `common`, so that both share the compiler's cache.
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
/** The newest release of the Kubernetes provider that is published as a module. */
const KUBERNETES_PROVIDER = "4.25.0";

/** In the order in which they are built: the programs that a node needs to start come first. */
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
      // Reports the version that the SDK expects; otherwise the engine would warn in each run. The real version follows
      // the plus.
      "github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/version.Version": `v${KUBERNETES_SDK_VERSION}+${KUBERNETES_PROVIDER}`,
    },
  },
];

/** The modules of some tools, each once, in their original order. */
export function modulesOf(tools: readonly GoTool[]): GoModule[] {
  return [...new Set(tools.map((tool) => tool.module))];
}
