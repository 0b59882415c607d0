/** Takes what commands write to standard error in each test of a file: it would stand in the run's output as its own. */
export function captureStandardError(): () => string {
  let text = "";
  beforeEach(() => {
    text = "";
    jest.spyOn(process.stderr, "write").mockImplementation((chunk) => ((text += String(chunk)), true));
  });
  afterEach(() => jest.restoreAllMocks());
  return () => text;
}
