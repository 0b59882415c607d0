import { Gauge, type Registry } from "@nexus/service";
import type { Drill } from "./store/drill-store";

/** Metrics of the last drill of the backups. There are none before the first one, so that an alert can tell. */
export class DrillMetrics {
  private gauges: Record<"ended" | "succeeded" | "proven", Gauge> | undefined;

  constructor(private readonly registry: Registry) {}

  show(drill: Drill | undefined): void {
    if (!drill) return;
    const gauges = (this.gauges ??= this.register());
    gauges.ended.set(drill.endedAt.getTime() / 1000);
    gauges.succeeded.set(drill.succeeded ? 1 : 0);
    gauges.proven.set((drill.provenAt?.getTime() ?? 0) / 1000);
  }

  private register() {
    const gauge = (name: string, help: string) => new Gauge({ name, help, registers: [this.registry] });
    return {
      ended: gauge("nexus_backup_drill_timestamp_seconds", "When the last drill of the backups ended"),
      succeeded: gauge("nexus_backup_drill_succeeded", "1 if the last drill of the backups succeeded, else 0"),
      proven: gauge(
        "nexus_backup_proven_timestamp_seconds",
        "When the newest backup was made that a drill restored and compared; 0 if there is none",
      ),
    };
  }
}
