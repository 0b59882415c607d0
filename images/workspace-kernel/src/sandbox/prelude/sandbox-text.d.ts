/** Source text of a part of the prelude or of the platform; the bundler inlines it. */
declare module "*.sandbox.js" {
  const source: string;
  export default source;
}

declare module "web-streams-polyfill/dist/ponyfill.js" {
  const source: string;
  export default source;
}
