// A workspace as a Node.js process: prints its first result and then waits for code.
globalThis.n = 1;
process.stdout.write(`${globalThis.n + 1}\n`);
process.stdin.resume();
