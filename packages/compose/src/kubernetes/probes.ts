import type { LossReport } from "../losses";
import { httpProbes } from "@nexus/contract";
import type { Healthcheck, Service } from "../model/types";
import { execCommand } from "./commands";

/** Probes: none if `health_check_path` is null, HTTP if it is a path, else the file's healthcheck (E24). */
export function probes(service: Service, firstPort: string | undefined, report: LossReport): object {
  const path = service.spec.health_check_path;
  if (path === null) return {};
  if (path !== undefined && firstPort !== undefined) return httpProbes(firstPort, path);
  return service.healthcheck ? execProbes(service.name, service.healthcheck, report) : {};
}

function execProbes(name: string, check: Healthcheck, report: LossReport): object {
  const whole = (seconds: number) => Math.max(1, Math.ceil(seconds));
  for (const seconds of [check.intervalSeconds, check.timeoutSeconds])
    if (!Number.isInteger(seconds))
      report.add(name, "healthcheck", `${seconds}s`, "it is rounded up to seconds", "write seconds");
  const exec = { command: execCommand(check.test) };
  const timeoutSeconds = whole(check.timeoutSeconds);
  const failureThreshold = Math.max(1, check.retries);
  const periodSeconds = whole(check.intervalSeconds);
  const regular = { exec, periodSeconds, timeoutSeconds, failureThreshold };
  // Before the first success, compose ignores failures in the start period and counts retries after it.
  const startPeriod = Math.min(whole(check.startIntervalSeconds), periodSeconds);
  const patience = check.startSeconds + check.intervalSeconds * failureThreshold;
  const startupProbe = {
    exec,
    periodSeconds: startPeriod,
    timeoutSeconds,
    failureThreshold: Math.max(1, Math.ceil(patience / startPeriod)),
  };
  return { startupProbe, readinessProbe: regular, livenessProbe: regular };
}
