/** Entry of the image's HEALTHCHECK. It is a Node.js script, because the image has no other HTTP client. */
async function main(): Promise<void> {
  const port = process.env.HTTP_PORT || "3000";
  const response = await fetch(`http://127.0.0.1:${port}/health`, { signal: AbortSignal.timeout(4000) });
  process.exit(response.ok ? 0 : 1);
}

main().catch(() => process.exit(1));
