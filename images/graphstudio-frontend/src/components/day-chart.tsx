import { useTranslation } from "react-i18next";

export interface Day {
  /** In UTC, such as 2030-01-31. */
  readonly day: string;
  readonly value: number;
}

export interface DayChartProps {
  readonly title: string;
  /** One after the other, without gaps. */
  readonly days: readonly Day[];
  readonly format: (value: number) => string;
}

/** One bar for each day. Who does not see it gets the same as a table. */
export function DayChart({ title, days, format }: DayChartProps) {
  const { t, i18n } = useTranslation("plan");
  const most = Math.max(...days.map(({ value }) => value));
  const dates = new Intl.DateTimeFormat(i18n.language, { dateStyle: "medium", timeZone: "UTC" });
  const dateOf = (day: string | undefined) => dates.format(new Date(day ?? 0));
  return (
    <figure className="day-chart">
      <figcaption>{title}</figcaption>
      <div aria-hidden="true">
        <p className="day-chart-most">{format(most)}</p>
        <svg viewBox={`0 0 ${days.length} 100`} preserveAspectRatio="none">
          {days.map(({ day, value }, index) => {
            // What is not zero can be seen.
            const height = value === 0 ? 0 : Math.max(1.5, (value / most) * 100);
            return (
              <g key={day}>
                <rect className="day-bar" x={index + 0.1} y={100 - height} width={0.8} height={height} />
                <rect className="day-hit" x={index} width={1} height={100}>
                  <title>{`${dateOf(day)}: ${format(value)}`}</title>
                </rect>
              </g>
            );
          })}
        </svg>
        <p className="day-chart-days">
          <span>{dateOf(days[0]?.day)}</span>
          <span>{dateOf(days.at(-1)?.day)}</span>
        </p>
      </div>
      <div className="visually-hidden">
        <table>
          <caption>{title}</caption>
          <thead>
            <tr>
              <th scope="col">{t("date")}</th>
              <th scope="col">{t("amount")}</th>
            </tr>
          </thead>
          <tbody>
            {days.map(({ day, value }) => (
              <tr key={day}>
                <th scope="row">{dateOf(day)}</th>
                <td>{format(value)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </figure>
  );
}

/** The last days up to now, with zero for those that are missing. */
export function lastDays(known: readonly Day[], count: number, now: number): Day[] {
  const values = new Map(known.map(({ day, value }) => [day, value]));
  return Array.from({ length: count }, (_, index) => {
    const day = new Date(now - (count - 1 - index) * 86_400_000).toISOString().slice(0, 10);
    return { day, value: values.get(day) ?? 0 };
  });
}
