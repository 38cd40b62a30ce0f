import { RuleTester } from 'eslint';
import tseslint from 'typescript-eslint';
import { describe, it } from 'vitest';
import { rules } from './rules.js';

RuleTester.describe = describe;
RuleTester.it = it;
const tester = new RuleTester({ languageOptions: { parser: tseslint.parser } });

const misplaced = [{ messageId: 'misplaced' }];
tester.run('ignored-format', rules['ignored-format']!, {
  valid: [
    '// prettier-ignore\nconst m = [\n  1, 0,\n  0, 1,\n];',
    '// prettier-ignore\nexport const rows: readonly Row[] = [[1, 2], [3, 4]] as const;',
    '// prettier-ignore\nconst [a, b] = affine as [number, number];',
    '// prettier-ignore\nconst OFFSETS = { dim: 40, shift: -1, sizes: [1, 2] };',
    'function f(x) {\n  // prettier-ignore\n  switch (x) { case 1: return 2; default: return 3; }\n}',
    '// that prettier-ignore stands here is prose\nf();',
  ],
  invalid: [
    { code: '// prettier-ignore\nconst f = (x) => x   + 1;', errors: misplaced },
    { code: '// prettier-ignore\nif (x) { y(); }', errors: misplaced },
    { code: '// prettier-ignore\n\nconst m = [1, 2];', errors: misplaced },
    { code: '// prettier-ignore\nconst o = { f: () => 1 };', errors: misplaced },
    { code: '// prettier-ignore\nswitch (x) { case y(): z(); }', errors: misplaced },
    { code: 'f(); // prettier-ignore', errors: misplaced },
  ],
});

tester.run('file-length', rules['file-length']!, {
  valid: [
    { code: 'a();\n\nb();\n', options: [3] },
    { code: 'a();\n\nb();', options: [3] },
  ],
  invalid: [{ code: 'a();\n\n// c\nb();\n', options: [3], errors: [{ messageId: 'long' }] }],
});

const missing = [{ messageId: 'missing' }];
tester.run('docstring', rules.docstring!, {
  valid: [
    '/** Twice x. */\nexport function f(x) { return 2 * x; }',
    '/** Twice x. */\nexport const f = (x) => 2 * x;',
    '/** Twice x. */\nexport function f(x: number): number;\nexport function f(x) { return 2 * x; }',
    'export const N = 3;',
    'function f() {}',
  ],
  invalid: [
    { code: 'export function f() {}', errors: missing },
    { code: '// Twice x.\nexport const f = (x) => 2 * x;', errors: missing },
    { code: '/* Twice x. */\nexport const f = (x) => 2 * x;', errors: missing },
    { code: '/** One. */\nexport const g = () => 1;\nexport const f = () => 2;', errors: missing },
  ],
});
