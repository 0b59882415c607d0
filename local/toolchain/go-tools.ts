/** A program that is built from Go modules where it cannot be had otherwise. */
export interface GoTool {
  /** Folder below local/toolchain/go with its module. */
  readonly name: string;
  /** Shown to people and part of the cache's folder name. */
  readonly version: string;
  /** Disk space for modules, compiler's cache and result of a build on its own, in GiB. */
  readonly diskGib: number;
  /** Package to build, and the program's file name. */
  readonly programs: readonly { readonly package: string; readonly file: string }[];
  /** Values for string variables, as `package.variable`. */
  readonly variables?: Readonly<Record<string, string>>;
  /** Files of a required module that the build embeds. */
  readonly embeds?: { readonly module: string; readonly folder: string; readonly files: readonly string[] };
  /** Further names for the one program; it looks at the name it is called by. */
  readonly aliases?: readonly string[];
}

const KUBERNETES = "v1.36.3";
const VERSION_PACKAGE = "k8s.io/component-base/version";

/** In the order in which they are built: the longest first, so that an error in a long one shows early. */
export const goTools: readonly GoTool[] = [
  {
    name: "kubernetes",
    version: KUBERNETES,
    diskGib: 6,
    programs: [{ package: ".", file: "kubernetes" }],
    variables: {
      [`${VERSION_PACKAGE}.gitVersion`]: KUBERNETES,
      [`${VERSION_PACKAGE}.gitMajor`]: "1",
      [`${VERSION_PACKAGE}.gitMinor`]: "36",
      [`${VERSION_PACKAGE}.gitTreeState`]: "clean",
    },
    aliases: ["kube-apiserver", "kube-controller-manager", "kube-scheduler", "kube-proxy", "kubelet", "kubectl"],
  },
  {
    name: "pulumi-resource-kubernetes",
    version: "v4.25.0",
    diskGib: 6,
    programs: [{ package: ".", file: "pulumi-resource-kubernetes" }],
    variables: { "github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/version.Version": "v4.25.0" },
    embeds: {
      module: "github.com/pulumi/pulumi-kubernetes/provider/v4",
      folder: "cmd/pulumi-resource-kubernetes",
      files: ["schema.json", "terraform-mapping.json"],
    },
  },
  {
    name: "pulumi",
    version: "v3.220.0",
    diskGib: 3,
    programs: [{ package: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi", file: "pulumi" }],
    variables: { "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version": "v3.220.0" },
  },
  {
    name: "pulumi-resource-docker-build",
    version: "v0.0.22",
    diskGib: 3,
    programs: [
      {
        package: "github.com/pulumi/pulumi-docker-build/provider/cmd/pulumi-resource-docker-build",
        file: "pulumi-resource-docker-build",
      },
    ],
    variables: { "github.com/pulumi/pulumi-docker-build/provider.Version": "0.0.22" },
  },
  {
    name: "buildkit",
    version: "v0.31.0",
    diskGib: 2,
    programs: [
      { package: "github.com/moby/buildkit/cmd/buildkitd", file: "buildkitd" },
      { package: "github.com/moby/buildkit/cmd/buildctl", file: "buildctl" },
    ],
    variables: { "github.com/moby/buildkit/version.Version": "v0.31.0" },
  },
  {
    name: "coredns",
    version: "v1.15.0",
    diskGib: 2,
    programs: [{ package: "github.com/coredns/coredns", file: "coredns" }],
  },
  {
    name: "metrics-server",
    version: "v0.9.0",
    diskGib: 1.5,
    programs: [{ package: "sigs.k8s.io/metrics-server/cmd/metrics-server", file: "metrics-server" }],
  },
  {
    name: "kube-network-policies",
    version: "v0.7.0",
    diskGib: 1,
    programs: [{ package: ".", file: "kube-network-policies" }],
  },
  { name: "pause", version: "v1", diskGib: 0.5, programs: [{ package: ".", file: "pause" }] },
];
