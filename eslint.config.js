import js from '@eslint/js';
import tseslint from 'typescript-eslint';
import vue from 'eslint-plugin-vue';

const NO_CLOCK =
  'No test knows what time it is, or it fails on a slow or busy machine. Show what is protected by the order of events, by gates (tests/support/gate.ts) or in virtual time (vi.useFakeTimers, an injected clock); wait for conditions with PATIENT (tests/support/patient.ts).';
const CLOCKS = [
  "MemberExpression[object.name='performance'][property.name='now']",
  "MemberExpression[object.name='process'][property.name=/^(cpuUsage|hrtime)$/]",
  'ImportDeclaration[source.value=/perf_hooks$/]',
  // Differences and comparisons; a date of a file, or of a clock that is set, is none.
  "BinaryExpression[operator=/^(-|[<>]=?)$/] > CallExpression[callee.object.name='Date'][callee.property.name='now']",
  // Of it, test and describe; a function of that name is something else.
  "Property[key.name='retry'][value.type='Literal']",
  // Sleep. A turn of the event loop (no delay) is an order of events.
  "ImportDeclaration[source.value=/timers.promises$/] > ImportSpecifier[imported.name='setTimeout']",
  "CallExpression[callee.name='setTimeout'][arguments.1.value>0]",
  "CallExpression[callee.property.name='setTimeout'][arguments.1.value>0]",
];

export default tseslint.config(
  { ignores: ['out/', 'results/', 'coverage/', 'node_modules/'] },
  js.configs.recommended,
  ...tseslint.configs.strict,
  ...vue.configs['flat/recommended'],
  {
    files: ['**/*.vue'],
    languageOptions: { parserOptions: { parser: tseslint.parser } },
    rules: {
      // TypeScript knows which names there are, Prettier how a template is laid out.
      'no-undef': 'off',
      ...vue.configs['no-layout-rules'].rules,
    },
  },
  {
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      // Indexing typed arrays in bounds-checked loops: `a[i]!` states the invariant.
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', ignoreRestSiblings: true },
      ],
      eqeqeq: 'error',
      'no-console': 'error',
    },
  },
  {
    // Programs that measure are none of them: tests/bench.
    files: ['**/*.test.ts', 'tests/support/*.ts', 'tests/**/fake-*.ts'],
    ignores: ['tests/e2e/support/**'],
    rules: {
      'no-restricted-syntax': [
        'error',
        ...CLOCKS.map((selector) => ({ selector, message: NO_CLOCK })),
      ],
    },
  },
  {
    files: ['bin/**/*.mjs', 'tools/**/*.mjs'],
    languageOptions: { globals: { process: 'readonly', console: 'readonly', URL: 'readonly' } },
  },
  { files: ['**/*.cjs'], languageOptions: { globals: { module: 'writable' } } },
  {
    files: ['src/cli/**', 'tools/**', 'tests/bench/**', 'tests/e2e/screenshots/**', 'bin/**'],
    rules: { 'no-console': 'off' },
  },
);
