import type * as Names from "../src/names";
import { convertText } from "./support";

const calls = { dnsName: 0 };
jest.mock("../src/names", () => {
  const actual = jest.requireActual<typeof Names>("../src/names");
  return {
    ...actual,
    dnsName: (...args: Parameters<typeof actual.dnsName>) => ((calls.dnsName += 1), actual.dnsName(...args)),
  };
});

/**
 * Number of names that are made for a project with so many services, each with an alias, a volume and a network of its
 * own.
 */
function namesFor(count: number): number {
  const all = Array.from({ length: count }, (_, i) => i);
  const service = (i: number) =>
    `  s_${i}: { image: i, container_name: c${i}, volumes: ["v${i}:/v"], networks: [n${i}], environment: { A: s_${i} } }`;
  const section = (name: string, letter: string) => `${name}:\n${all.map((i) => `  ${letter}${i}:`).join("\n")}`;
  calls.dnsName = 0;
  convertText(`services:\n${all.map(service).join("\n")}\n${section("volumes", "v")}\n${section("networks", "n")}`);
  return calls.dnsName;
}

test("the work for a project is linear in the number of its services", () => {
  expect(namesFor(200) / namesFor(100)).toBeLessThan(2.2);
});
