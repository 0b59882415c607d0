const regexp = require("eslint-plugin-regexp");
const tseslint = require("typescript-eslint");

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
);
