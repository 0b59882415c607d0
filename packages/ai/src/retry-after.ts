/** How long the provider asks us to wait: in seconds, as a date, or in OpenAI's own header in milliseconds. */
export function retryAfterMs(headers: Headers): number | undefined {
  const millis = Number(headers.get("retry-after-ms") ?? NaN);
  if (millis >= 0) return millis;
  const value = headers.get("retry-after");
  if (value === null) return undefined;
  const seconds = Number(value);
  if (!Number.isNaN(seconds)) return seconds >= 0 && value.trim() !== "" ? seconds * 1000 : undefined;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now());
}
