import { execFileSync, spawnSync } from 'node:child_process';

/** Debian's Python, which has the Debian packages; another one in PATH may not. */
const PYTHON = '/usr/bin/python3';

/** Why a test that needs a Python module of Debian's cannot run, or undefined. */
export function missingPython(module: string): string | undefined {
  const found = spawnSync(PYTHON, ['-c', `import ${module}`]).status === 0;
  return found ? undefined : `needs the Debian package python3-${module}`;
}

/** Why a test that needs a command cannot run, or undefined. */
export function missingCommand(command: string, debianPackage: string): string | undefined {
  const found = spawnSync(command, ['--help']).error === undefined;
  return found ? undefined : `needs the Debian package ${debianPackage}`;
}

/** Run a Python script; what it prints must be JSON. */
export function python<T>(script: string, ...args: readonly string[]): T {
  const options = { encoding: 'utf8', maxBuffer: 1 << 28 } as const;
  return JSON.parse(execFileSync(PYTHON, ['-c', script, ...args], options)) as T;
}
