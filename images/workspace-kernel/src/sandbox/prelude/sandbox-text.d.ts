/** Source text of a part of the prelude; the bundler inlines it. */
declare module "*.sandbox.js" {
  const source: string;
  export default source;
}
