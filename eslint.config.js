const i18next = require("eslint-plugin-i18next");
const regexp = require("eslint-plugin-regexp");
const tseslint = require("typescript-eslint");

/** Without a letter there is nothing to translate. */
const WORDLESS = /^[^\p{L}]*$/u;
/** Attributes that are for the browser and for styles; a person reads all others, or a component may show them. */
const UNREAD =
  /^(class(Name)?|type|role|key|id|name|scope|as|kind|mode|href|src|d|rx|viewBox|width|height|focusable|autoComplete|htmlFor|data-testid|i18nKey|aria-(hidden|labelledby|describedby))$/;
/** Attributes of elements that a person reads, or that a screen reader reads out. */
const READ =
  /^(alt|content|label|placeholder|title|aria-(braille)?(label|description|roledescription|placeholder|valuetext))$/;

module.exports = tseslint.config(
  { ignores: ["**/dist/", "**/node_modules/", ".nexus/", ".nexus-test/", "coverage/"] },
  {
    files: ["**/*.{ts,tsx}"],
    extends: [tseslint.configs.recommended],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: __dirname } },
    rules: {
      "@typescript-eslint/no-floating-promises": "error",
      "@typescript-eslint/no-misused-promises": "error",
      "@typescript-eslint/await-thenable": "error",
      "@typescript-eslint/only-throw-error": "error",
      "@typescript-eslint/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: true }],
      "@typescript-eslint/no-base-to-string": "error",
      // An Output in a template string becomes the text "Calling [toString] on an [Output<T>] is not supported".
      "@typescript-eslint/restrict-template-expressions": [
        "error",
        { allowNumber: true, allowBoolean: true, allowAny: false },
      ],
      "@typescript-eslint/consistent-type-imports": ["error", { fixStyle: "inline-type-imports" }],
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", ignoreRestSiblings: true }],
      eqeqeq: "error",
      "no-console": "error",
    },
  },
  {
    // Code that shares its built-ins with code of a tenant. primordials.sandbox.js runs before that code and saves what
    // is needed.
    files: ["images/workspace-kernel/src/sandbox/prelude/*.sandbox.js"],
    ignores: ["**/primordials.sandbox.js"],
    rules: {
      "no-restricted-globals": [
        "error",
        ...Object.getOwnPropertyNames(globalThis).filter((name) => !["undefined", "NaN"].includes(name)),
      ],
      "no-restricted-syntax": [
        "error",
        ...[
          ["CallExpression[callee.type='MemberExpression']", "call a function of primordials, not a method"],
          [
            "ForOfStatement, SpreadElement, ArrayPattern, YieldExpression, AwaitExpression",
            "iterators can be replaced",
          ],
          ["TemplateLiteral", "the engine makes a call of `concat` of it"],
          ["Literal[regex]", "patterns call `exec`, which can be replaced"],
          ["BinaryExpression[operator='instanceof']", "Symbol.hasInstance can be replaced"],
          ["ClassDeclaration, ClassExpression", "their prototypes inherit what can be replaced"],
          ["ObjectExpression:not(:has(> Property[key.name='__proto__']))", "begin with __proto__: null"],
        ].map(([selector, message]) => ({ selector, message })),
      ],
    },
  },
  {
    // Code that processes foreign input: a regular expression with more than linear time lets a sender block the
    // process.
    files: ["{cli,components,config,local}/**/*.ts", "{images,packages}/*/src/**/*.{ts,tsx}", "*.ts"],
    plugins: { regexp },
    rules: {
      "regexp/no-super-linear-backtracking": ["error", { report: "potential" }],
      "regexp/no-super-linear-move": ["error", { report: "potential", ignorePartial: false }],
    },
  },
  {
    // Texts of the studio are in its catalogues, in each language.
    files: ["images/graphstudio-frontend/src/**/*.{ts,tsx}"],
    ignores: ["images/graphstudio-frontend/src/i18n/**"],
    plugins: { i18next },
    rules: {
      "i18next/no-literal-string": [
        "error",
        {
          mode: "jsx-only",
          "should-validate-template": true,
          message: "Put this text into src/i18n/en and src/i18n/zh",
          words: { exclude: [WORDLESS] },
          // Code is the same in every language.
          "jsx-components": { exclude: ["pre"] },
          "jsx-attributes": { exclude: [UNREAD] },
        },
      ],
      // The rule above is for JSX, and passes some attributes. A text elsewhere is several words, one that begins with a
      // capital letter, or Chinese.
      "no-restricted-syntax": [
        "error",
        ...[
          [
            String.raw`/\p{L},? \p{L}|^\p{Lu}\p{Ll}+\P{L}*$|\p{Script=Han}/u`,
            `:not(JSXAttribute[name.name=${UNREAD}] *, NewExpression[callee.name='Error'] *)` +
              ":not(AssignmentExpression[left.object.name='headers'] *)",
          ],
          [
            String.raw`/\p{L}/u`,
            `:matches(JSXAttribute[name.name=${READ}] *):not(JSXAttribute :matches(CallExpression, JSXElement) *)`,
          ],
        ].map(([text, place]) => ({
          selector: `:matches(Literal[value=${text}], TemplateElement[value.raw=${text}])${place}`,
          message: "Put this text into src/i18n/en and src/i18n/zh.",
        })),
      ],
    },
  },
);
