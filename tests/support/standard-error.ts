/**
 * Captures the standard error of commands in each test of a file; otherwise it would appear in the output of the run.
 */
export function captureStandardError(): () => string {
  let text = "";
  beforeEach(() => {
    text = "";
    jest.spyOn(process.stderr, "write").mockImplementation((chunk) => ((text += String(chunk)), true));
  });
  afterEach(() => jest.restoreAllMocks());
  return () => text;
}
