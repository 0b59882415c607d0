import ipaddr from "ipaddr.js";

/**
 * Addresses that the library treats as public by mistake: the old form of IPv4 inside IPv6, and the address of Azure's
 * metadata service.
 */
const RESERVED = [ipaddr.parseCIDR("::/96"), ipaddr.parseCIDR("168.63.129.16/32")];

/**
 * Whether an address belongs to the public internet. These do not: private, loopback, link-local (where clouds serve
 * credentials), shared, multicast and documentation addresses, and the forms of IPv6 that contain an IPv4 address.
 */
export function isPublicAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.process(address);
  const isReserved = RESERVED.some(
    ([network, bits]) => parsed.kind() === network.kind() && parsed.match(network, bits),
  );
  return parsed.range() === "unicast" && !isReserved;
}
