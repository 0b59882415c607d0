/** An image of another project. */
export interface PinnedImage {
  /** Name and tag. */
  readonly name: string;
  /** Digest of the index, which lists the image of each platform. */
  readonly digest: string;
}

/** The default images of other projects. */
export const thirdPartyImages = {
  postgres: {
    name: "docker.io/library/postgres:15.18-bookworm",
    digest: "sha256:e8db9bd3e9e1751eb639fb17be53cc6d1b62a322adf75b99e791767a7a16ce69",
  },
  redis: {
    name: "docker.io/library/redis:7.2.16-bookworm",
    digest: "sha256:0637954999d01b7c9ce9167db2da50656e2590d3b884f1c600c5f63bb6e6773c",
  },
  busybox: {
    name: "docker.io/library/busybox:1.37.0",
    digest: "sha256:9db7b59979c38555a39def84a31fb98b5296952f9e3afd4f6f11f05b07adfab0",
  },
  kubectl: {
    name: "registry.k8s.io/kubectl:v1.34.1",
    digest: "sha256:59bafa07ff3a6d4b417e7633ddb9d79a9606ca98bf64bac080b3e65748669250",
  },
} as const satisfies Readonly<Record<string, PinnedImage>>;

/** The reference by digest; its content stays the same if the tag moves. */
export function pinned({ name, digest }: PinnedImage): string {
  return `${name}@${digest}`;
}

/** Name and tag of an image of Docker Hub without the registry, such as `library/redis:7.2`; others stay as they are. */
export function hubName(name: string): string {
  const below = name.replace(/^docker\.io\//, "");
  return below.includes("/") ? below : `library/${below}`;
}

/**
 * The reference by which a cluster pulls an image. A registry with images of its own under the same name and tag has other
 * digests for them.
 * @param served digests that the cluster's own registry has, by {@link hubName}
 */
export function servedImage(image: string, served: Readonly<Record<string, string>>): string {
  const [name = "", digest] = image.split("@");
  const own = served[hubName(name)];
  return digest === undefined || own === undefined ? image : pinned({ name, digest: own });
}
