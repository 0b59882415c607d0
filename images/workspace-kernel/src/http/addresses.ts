import ipaddr from "ipaddr.js";

/**
 * Whether an address is one of the public internet. Everything with another meaning is not: private, loopback,
 * link-local (where clouds answer with credentials), shared, multicast, documentation, and the forms of IPv6 that
 * carry an IPv4 address inside.
 */
export function isPublicAddress(address: string): boolean {
  return ipaddr.isValid(address) && ipaddr.process(address).range() === "unicast";
}
