import { createHmac, hkdfSync, randomBytes, timingSafeEqual } from "node:crypto";

/** The pod of a workspace, according to its id. */
export type IdOwner =
  | { readonly kind: "here" }
  /** On this pod's address, but of an earlier process. */
  | { readonly kind: "ended" }
  | { readonly kind: "elsewhere"; readonly address: string }
  /** An id that no pod without a database has made. */
  | { readonly kind: "unknown" };

const ADDRESS_BYTES = 4;
const PROCESS_BYTES = 2;
const SERIAL_BYTES = 3;
const BODY_BYTES = ADDRESS_BYTES + PROCESS_BYTES + SERIAL_BYTES;
/** Bits of a UUID that remain for the code, beside the body and the six bits of version and variant. */
const CODE_BITS = 122 - BODY_BYTES * 8;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i;

/**
 * Ids that name the pod of the workspace: version 8 UUIDs of its IPv4 address, its process, a random part and a code
 * over all of it. Only the owner of the key can make an id, so nobody can direct requests to other addresses.
 */
export class WorkspaceIds {
  private readonly keys: readonly Buffer[];
  private readonly process = randomBytes(PROCESS_BYTES);

  /**
   * @param address IPv4 address of this pod
   * @param keys the first one makes ids, all of them are accepted; at least one
   */
  constructor(
    private readonly address: string,
    keys: readonly string[],
  ) {
    this.keys = keys.map((key) => Buffer.from(hkdfSync("sha256", key, "", "nexus workspace ids", 32)));
  }

  create(): string {
    const body = Buffer.concat([addressBytes(this.address), this.process, randomBytes(SERIAL_BYTES)]);
    return toUuid((BigInt(`0x${body.toString("hex")}`) << BigInt(CODE_BITS)) | codeOf(this.keys[0], body));
  }

  ownerOf(id: string): IdOwner {
    if (!UUID.test(id)) return { kind: "unknown" };
    const value = fromUuid(id);
    const body = Buffer.from((value >> BigInt(CODE_BITS)).toString(16).padStart(BODY_BYTES * 2, "0"), "hex");
    const code = value & ((1n << BigInt(CODE_BITS)) - 1n);
    if (!this.keys.some((key) => isSame(code, codeOf(key, body)))) return { kind: "unknown" };
    const address = [...body.subarray(0, ADDRESS_BYTES)].join(".");
    if (address !== this.address) return { kind: "elsewhere", address };
    const ours = body.subarray(ADDRESS_BYTES, ADDRESS_BYTES + PROCESS_BYTES).equals(this.process);
    return { kind: ours ? "here" : "ended" };
  }
}

const addressBytes = (address: string) => Buffer.from(address.split(".").map(Number));

function codeOf(key: Buffer | undefined, body: Buffer): bigint {
  const digest = createHmac("sha256", key ?? "")
    .update(body)
    .digest("hex");
  return BigInt(`0x${digest}`) & ((1n << BigInt(CODE_BITS)) - 1n);
}

function isSame(a: bigint, b: bigint): boolean {
  const bytes = (value: bigint) => Buffer.from(value.toString(16).padStart(32, "0"), "hex");
  return timingSafeEqual(bytes(a), bytes(b));
}

/** 122 bits around the version 8 and the variant. */
function toUuid(value: bigint): string {
  const [high, middle, low] = [value >> 74n, (value >> 62n) & 0xfffn, value & ((1n << 62n) - 1n)];
  const bits = (high << 80n) | (8n << 76n) | (middle << 64n) | (2n << 62n) | low;
  return bits
    .toString(16)
    .padStart(32, "0")
    .replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

function fromUuid(id: string): bigint {
  const bits = BigInt(`0x${id.replaceAll("-", "")}`);
  return ((bits >> 80n) << 74n) | (((bits >> 64n) & 0xfffn) << 62n) | (bits & ((1n << 62n) - 1n));
}
