import { cpuMillis, memoryBytes } from "@nexus/contract";
import type { Service } from "../model/types";
import { quantity } from "../source/units";

/** Resources of a container without its own (E15). */
const DEFAULTS = { requests: { cpu: 100, memory: 128 * 2 ** 20 }, limits: { cpu: 500, memory: 512 * 2 ** 20 } };

/** CPU and memory: the value of the user, else the file's, else the default, which never contradicts the other two. */
export function resourceRequirements({ resources, spec }: Service) {
  const given = { requests: amounts(spec.resources?.requests), limits: amounts(spec.resources?.limits) };
  const file = { requests: fromFile(resources.requests), limits: fromFile(resources.limits) };
  const pick = (name: "cpu" | "memory") => {
    const request = given.requests[name] ?? file.requests[name];
    const limit = given.limits[name] ?? file.limits[name] ?? Math.max(DEFAULTS.limits[name], request ?? 0);
    return { request: request ?? Math.min(DEFAULTS.requests[name], limit), limit };
  };
  const [cpu, memory] = [pick("cpu"), pick("memory")];
  const counts = new Map<string, number>();
  for (const { resource, count } of resources.gpus) counts.set(resource, (counts.get(resource) ?? 0) + count);
  const gpus = Object.fromEntries([...counts].map(([resource, count]) => [resource, String(count)]));
  return {
    requests: { cpu: `${cpu.request}m`, memory: quantity(memory.request) },
    limits: { cpu: `${cpu.limit}m`, memory: quantity(memory.limit), ...gpus },
  };
}

function amounts(amount: { cpu?: string; memory?: string } | undefined): { cpu?: number; memory?: number } {
  return {
    cpu: amount?.cpu === undefined ? undefined : cpuMillis(amount.cpu),
    memory: amount?.memory === undefined ? undefined : memoryBytes(amount.memory),
  };
}

function fromFile({ cpus, bytes }: { cpus?: number; bytes?: number }): { cpu?: number; memory?: number } {
  return { cpu: cpus === undefined ? undefined : Math.max(1, Math.round(cpus * 1000)), memory: bytes };
}

/** Requests that are above their limit; empty if there are none. */
export function resourceProblems(service: Service): string[] {
  const { requests, limits } = resourceRequirements(service);
  const millis = (text: string) => Number(text.slice(0, -1));
  const bytes = (text: string) => memoryBytes(text) ?? Number(text);
  return [
    ...(millis(requests.cpu) > millis(limits.cpu)
      ? [`the CPU request ${requests.cpu} is above the limit ${limits.cpu}`]
      : []),
    ...(bytes(requests.memory) > bytes(limits.memory)
      ? [`the memory request ${requests.memory} is above the limit ${limits.memory}`]
      : []),
  ];
}
