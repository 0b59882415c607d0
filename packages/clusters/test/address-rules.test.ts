import type { LookupAddress } from "node:dns";
import { addressProblem, type AddressRules, guardedLookup, requireServer } from "../src";

const rules: AddressRules = {
  privateNetworks: ["192.168.0.0/16", "10.0.0.0/8", "fd12::/16", "100.64.0.0/10"],
  ownNetworks: ["10.244.0.0/16", "10.96.0.0/12"],
  ports: [443, 6443],
};
const none: AddressRules = { ...rules, privateNetworks: [] };

test.each(["93.184.216.34", "2606:2800:220:1::1", "192.168.3.4", "10.1.2.3", "fd12::5", "100.64.0.9"])(
  "an API server may be at %s",
  (address) => expect(addressProblem(address, rules)).toBeUndefined(),
);

test.each([
  ["127.0.0.1", "loopback"],
  ["127.8.8.8", "loopback"],
  ["::1", "loopback"],
  ["::ffff:127.0.0.1", "loopback"],
  ["::ffff:7f00:1", "loopback"],
  ["0.0.0.0", "unspecified"],
  ["0.1.2.3", "unspecified"],
  ["::", "unspecified"],
  ["169.254.169.254", "linkLocal"],
  ["::ffff:169.254.169.254", "linkLocal"],
  ["fe80::1", "linkLocal"],
  ["fd00:ec2::254", "metadata"],
  ["100.100.100.200", "metadata"],
  ["224.0.0.1", "multicast"],
  ["255.255.255.255", "broadcast"],
  ["240.0.0.1", "reserved"],
  ["64:ff9b::7f00:1", "rfc6052"],
  ["2002:7f00:1::", "6to4"],
  ["2001::1", "teredo"],
  ["::7f00:1", "not a public address"],
  ["::a00:1", "not a public address"],
  ["4000::1", "not a public address"],
  ["10.244.3.7", "belongs to the platform"],
  ["::ffff:10.96.0.1", "belongs to the platform"],
  ["10.111.0.1", "belongs to the platform"],
  ["nothing", "not an IP address"],
])("no API server may be at %s: %s", (address, problem) => {
  expect(
    addressProblem(address, { ...rules, privateNetworks: [...rules.privateNetworks, "0.0.0.0/0", "::/0"] }),
  ).toContain(problem);
});

test.each(["10.1.2.3", "172.16.0.1", "192.168.0.1", "fd12::5", "100.64.0.9"])(
  "an API server may be at %s only if the network is allowed",
  (address) => expect(addressProblem(address, none)).toContain("a private network"),
);

test.each([
  ["https://127.0.0.1:6443", "127.0.0.1"],
  ["https://2130706433:6443", "127.0.0.1"],
  ["https://0x7f.1:6443", "127.0.0.1"],
  ["https://0177.0.0.1:6443", "127.0.0.1"],
  ["https://127.1:6443", "127.0.0.1"],
  ["https://[::1]:6443", "::1"],
  ["https://[::ffff:169.254.169.254]:6443", "::ffff:a9fe:a9fe"],
  ["https://api.example.com:22", "port 22; allowed are 443, 6443"],
  ["https://api.example.com:5432", "port 5432"],
])("a server that is refused before anything is looked up: %s", (server, message) => {
  expect(() => requireServer(server, rules)).toThrow(message);
});

describe("a name that is looked up", () => {
  const answering = (...answers: LookupAddress[]) =>
    guardedLookup(rules, ((_host: string, _options: object, callback: (error: null, found: LookupAddress[]) => void) =>
      callback(null, answers)) as never);
  const ask = (lookup: ReturnType<typeof guardedLookup>, all: boolean) =>
    new Promise((resolve, reject) =>
      lookup("api.example.com", { all }, (error, address) => (error ? reject(error) : resolve(address))),
    );

  it("is answered with the addresses that were checked", async () => {
    const answers = [{ address: "93.184.216.34", family: 4 }];
    expect(await ask(answering(...answers), true)).toEqual(answers);
    expect(await ask(answering(...answers), false)).toBe("93.184.216.34");
  });

  it("is refused if any of its addresses is forbidden", async () => {
    const lookup = answering({ address: "93.184.216.34", family: 4 }, { address: "127.0.0.1", family: 4 });
    await expect(ask(lookup, true)).rejects.toThrow(
      "api.example.com (127.0.0.1) is not allowed: it is a loopback address",
    );
    await expect(ask(lookup, false)).rejects.toThrow("loopback");
  });
});
