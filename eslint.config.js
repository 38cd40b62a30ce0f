import js from '@eslint/js';
import tseslint from 'typescript-eslint';
import vue from 'eslint-plugin-vue';
import { rules } from './tools/lint/rules.js';

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

const USER_ERROR =
  'Users may meet this error. Throw MarginaliaError(code, message, hint): what is wrong and where, then what to do. What only a mistake in the code can cause is a RangeError or TypeError.';

/** Longer than the rule allows when it came; to be parted when they are next worked on. */
const LONG_FILES = [
  'tests/bundle/bundle.test.ts',
  'tests/bundle/import-faults.test.ts',
  'tests/desktop/electron-double.ts',
  'tests/e2e/opening.test.ts',
  'tests/e2e/screenshots/scenes.ts',
  'tests/e2e/viewer.test.ts',
  'tests/engine/tensor/cases.ts',
  'tests/workspace/store.test.ts',
  'tests/workstation/nnunet.test.ts',
  'src/main/dicom/pixels/pixels.test.ts',
  'src/renderer/stores/annotation-store.test.ts',
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
    plugins: { house: { rules } },
    rules: { 'house/ignored-format': 'error', 'house/file-length': ['error', 400] },
  },
  { files: LONG_FILES, rules: { 'house/file-length': 'off' } },
  {
    files: ['src/shared/**/*.ts'],
    ignores: ['**/*.test.ts', '**/arbitraries.ts'],
    rules: { 'house/docstring': 'error' },
  },
  {
    files: ['src/main/**/*.ts', 'src/cli/**/*.ts'],
    ignores: ['**/*.test.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        { selector: "NewExpression[callee.name='Error']", message: USER_ERROR },
      ],
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
