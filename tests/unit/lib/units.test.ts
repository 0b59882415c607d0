import { cpuMillis, memoryBytes } from "@nexus/contract";

describe("memory", () => {
  it.each([
    ["512Mi", 512 * 2 ** 20],
    ["1Gi", 2 ** 30],
    ["64Ki", 64 * 2 ** 10],
    ["2Ti", 2 * 2 ** 40],
  ])("%s is understood", (quantity, bytes) => {
    expect(memoryBytes(quantity)).toBe(bytes);
  });

  it.each(["512", "0Mi", "-1Mi", "1.5Gi", "512MB", "512mi", "Mi", "", " 512Mi"])('"%s" is refused', (quantity) => {
    expect(memoryBytes(quantity)).toBeUndefined();
  });
});

describe("CPU", () => {
  it.each([
    ["250m", 250],
    ["0.5", 500],
    ["2", 2000],
    ["1.25", 1250],
  ])("%s is understood", (quantity, millis) => {
    expect(cpuMillis(quantity)).toBe(millis);
  });

  it.each(["0", "0m", "-1", "250M", "half", "1.5m", ""])('"%s" is refused', (quantity) => {
    expect(cpuMillis(quantity)).toBeUndefined();
  });
});
