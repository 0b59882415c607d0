import ipaddr from "ipaddr.js";

/** What the library takes for public: the old form of IPv4 inside IPv6, and the address where Azure answers its machines. */
const RESERVED = [ipaddr.parseCIDR("::/96"), ipaddr.parseCIDR("168.63.129.16/32")];

/**
 * Whether an address is one of the public internet. Everything with another meaning is not: private, loopback,
 * link-local (where clouds answer with credentials), shared, multicast, documentation, and the forms of IPv6 that
 * carry an IPv4 address inside.
 */
export function isPublicAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.process(address);
  const isReserved = RESERVED.some(
    ([network, bits]) => parsed.kind() === network.kind() && parsed.match(network, bits),
  );
  return parsed.range() === "unicast" && !isReserved;
}
