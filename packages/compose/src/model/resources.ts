import type { LossReport } from "../losses";
import type { Reader } from "./reader";
import type { Resources } from "./types";

const PLUGINS: Readonly<Record<string, string>> = {
  nvidia: "nvidia.com/gpu",
  amd: "amd.com/gpu",
  intel: "gpu.intel.com/i915",
};

/** CPU, memory and GPUs; `deploy.resources` overrides the older keys. */
export function readResources(name: string, service: Reader, report: LossReport): Resources {
  const resources = service.child("deploy").child("resources");
  const [limits, reservations] = [resources.child("limits"), resources.child("reservations")];
  const devices = [...reservations.children("devices"), ...service.children("gpus")];
  const all = service.text("gpus") === "all" ? [{ resource: gpu("nvidia"), count: 1 }] : [];
  if (all.length > 0) report.add(name, "gpus", "all", "the pod gets one GPU", "give a `count`");
  // Zero means no limit, as if it were not set.
  return {
    limits: {
      cpus: limits.number("cpus") || service.number("cpus") || undefined,
      bytes: limits.size("memory") || service.size("mem_limit") || undefined,
    },
    requests: {
      cpus: reservations.number("cpus") || undefined,
      bytes: reservations.size("memory") || service.size("mem_reservation") || undefined,
    },
    gpus: [...all, ...devices.flatMap((device) => readDevice(name, device, report))],
  };
}

function gpu(driver: string): string {
  return PLUGINS[driver] ?? "nvidia.com/gpu";
}

function readDevice(name: string, device: Reader, report: LossReport): Resources["gpus"] {
  const capabilities = device.texts("capabilities");
  if (capabilities.length > 0 && !capabilities.includes("gpu")) {
    report.add(
      name,
      "deploy.resources.reservations.devices",
      capabilities,
      "no such device is given",
      "use a device plugin",
    );
    return [];
  }
  const given = device.text("count") || "all";
  const count = given === "-1" ? "all" : given;
  const ids = device.texts("device_ids").length;
  if (count === "all" && ids === 0)
    report.add(name, "deploy.resources.reservations.devices.count", given, "the pod gets one GPU", "give a `count`");
  if (count !== "all" && !/^\d+$/.test(count))
    device.problem("count", `"${count}" is not a whole number from 0`, "write a number, or all");
  const wanted = count === "all" ? ids || 1 : Number(count);
  return wanted === 0 ? [] : [{ resource: gpu(device.text("driver") ?? "nvidia"), count: wanted }];
}
