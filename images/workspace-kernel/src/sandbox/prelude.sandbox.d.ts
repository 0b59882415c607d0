/** Source text of prelude.sandbox.js; the bundler inlines it. */
declare const source: string;
export default source;
