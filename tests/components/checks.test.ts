import { builtServices } from "@nexus/contract";
import { checkPostgres } from "../../components/data-tier/postgres";
import { checkImages } from "../../components/images";
import { checkWorkload } from "../../components/workload/args";

const amount = (cpu: string, memory: string) => ({ cpu, memory });
const resources = { requests: amount("2", "1Gi"), limits: amount("1", "512Mi") };

it("a workload whose requests are above its limits is refused, and so is a port's name that Kubernetes would refuse", () => {
  const ports = [{ name: "a-name-of-sixteen", container: 3000, service: 80 }];
  expect(() => checkWorkload({ name: "kernel", ports, resources })).toThrow(
    `Workload kernel contradicts itself:
  resources.requests.cpu: is above the limit of "1"
  resources.requests.memory: is above the limit of "512Mi"
  ports: "a-name-of-sixteen" has more than 15 characters`,
  );
  const fits = { requests: amount("1", "512Mi"), limits: amount("1", "512Mi") };
  expect(() => checkWorkload({ name: "kernel", ports: [], resources: fits })).not.toThrow();
});

it("a database whose requests are above its limits is refused", () => {
  expect(() => checkPostgres(resources)).toThrow(
    `Postgres contradicts itself:
  requests.cpu: is above the limit of "1"
  requests.memory: is above the limit of "512Mi"`,
  );
});

it("prebuilt images need a digest each", () => {
  const images = {
    services: builtServices,
    builder: "prebuilt",
    references: { "nexus-os": "r/nexus-os:latest" },
  } as const;
  expect(() => checkImages(images)).toThrow("references.nexus-os: give an image by digest");
  expect(() => checkImages({ ...images, builder: "docker" })).not.toThrow();
});
