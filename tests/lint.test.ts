import { resolve } from 'node:path';
import { ESLint } from 'eslint';
import { expect, it } from 'vitest';

const eslint = new ESLint({ cwd: resolve(import.meta.dirname, '..') });

async function problems(code: string, filePath: string): Promise<string[]> {
  const [result] = await eslint.lintText(`${code}\n`, { filePath });
  return result!.messages
    .filter(({ ruleId }) => ruleId === 'no-restricted-syntax')
    .map(({ message }) => message);
}

const CLOCKS = [
  `const begin = performance.now();`,
  `const spent = process.cpuUsage();`,
  `const begin = process.hrtime.bigint();`,
  `import { performance as clock } from 'node:perf_hooks';`,
  `expect(Date.now() - begin).toBeLessThan(20);`,
  `while (Date.now() < end);`,
  `it('is quick', { retry: 3 }, () => undefined);`,
  `import { setTimeout as sleep } from 'node:timers/promises';`,
  `await new Promise((resolve) => setTimeout(resolve, 50));`,
  `await page.evaluate(() => new Promise((resolve) => window.setTimeout(resolve, 50)));`,
];

it.each(CLOCKS)('a test may not know what time it is: %s', async (code) => {
  expect(await problems(code, 'src/any.test.ts')).toEqual([
    expect.stringMatching(/order of events.*gates.*virtual time/),
  ]);
});

it.each([
  `await new Promise((resolve) => setTimeout(resolve));`,
  `import { setImmediate } from 'node:timers/promises';`,
  `const longAgo = new Date(Date.now() + 1000);`,
  `carrier.retry();`,
])('but it may know what comes after what: %s', async (code) => {
  expect(await problems(code, 'src/any.test.ts')).toEqual([]);
});

it('what measures may know it', async () => {
  expect(await problems(CLOCKS[0]!, 'tests/bench/any.ts')).toEqual([]);
});
