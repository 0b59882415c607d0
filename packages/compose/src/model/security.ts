import type { LossReport } from "../losses";
import type { Reader } from "./reader";
import { pairsOf } from "./metadata";

/** Level of Pod Security that the namespace enforces. */
export type PodSecurity = "baseline" | "restricted";

const ALLOWED: Readonly<Record<PodSecurity, readonly string[]>> = {
  baseline: [
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "MKNOD",
    "NET_BIND_SERVICE",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
  ],
  restricted: ["NET_BIND_SERVICE"],
};
const SAFE_SYSCTLS = [
  "kernel.shm_rmid_forced",
  "net.ipv4.ip_local_port_range",
  "net.ipv4.ip_unprivileged_port_start",
  "net.ipv4.tcp_syncookies",
  "net.ipv4.ping_group_range",
  "net.ipv4.ip_local_reserved_ports",
  "net.ipv4.tcp_keepalive_time",
  "net.ipv4.tcp_fin_timeout",
  "net.ipv4.tcp_keepalive_intvl",
  "net.ipv4.tcp_keepalive_probes",
  "net.ipv4.tcp_rmem",
  "net.ipv4.tcp_wmem",
];

/** User, groups, capabilities and kernel parameters, if Pod Security allows them. */
export function readSecurity(name: string, service: Reader, level: PodSecurity, report: LossReport) {
  const capability = (text: string) => text.toUpperCase().replace(/^CAP_/, "");
  const add = service
    .texts("cap_add")
    .map(capability)
    .filter((text) => {
      if (ALLOWED[level].includes(text)) return true;
      report.add(name, "cap_add", text, `Pod Security ${level} refuses it`, "check what the program needs");
      return false;
    });
  const sysctls = pairsOf(service.entries("sysctls")).filter(([key]) => {
    if (SAFE_SYSCTLS.includes(key)) return true;
    report.add(name, "sysctls", key, "Pod Security refuses it", "set it on the node");
    return false;
  });
  const options = service.texts("security_opt");
  const isNoNew = (option: string) => /^no-new-privileges([:=]true)?$/.test(option);
  for (const option of options.filter((text) => !isNoNew(text)))
    report.add(name, "security_opt", option, "it is not carried over", "leave it out");
  return {
    user: readUser(name, service, level, report),
    groups: service.texts("group_add").flatMap((group): number[] => {
      if (isId(group)) return [Number(group)];
      report.add(name, "group_add", group, "Kubernetes knows groups by number only", "write the group's number");
      return [];
    }),
    capabilities: { add, drop: service.texts("cap_drop").map(capability) },
    sysctls,
    noNewPrivileges: options.some(isNoNew),
  };
}

/** True for a user or a group that a pod may have. */
function isId(text: string): boolean {
  return /^\d+$/.test(text) && Number(text) < 2 ** 31;
}

function readUser(name: string, service: Reader, level: PodSecurity, report: LossReport) {
  const text = service.text("user");
  const [, uid, gid] = (text ?? "").split(":").every(isId) ? (/^(\d+)(?::(\d+))?$/.exec(text ?? "") ?? []) : [];
  const isRoot = uid === undefined || Number(uid) === 0;
  if (text !== undefined && uid === undefined && text !== "")
    report.add(name, "user", text, "Kubernetes knows users by number only; the image's user runs", "write uid:gid");
  if (level === "restricted" && isRoot && text !== undefined)
    report.add(name, "user", text, "Pod Security restricted refuses root", "write a uid above 0, or use baseline");
  if (uid === undefined || (level === "restricted" && isRoot)) return undefined;
  return { uid: Number(uid), gid: gid === undefined ? undefined : Number(gid) };
}
