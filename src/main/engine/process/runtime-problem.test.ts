import { describe, expect, it, vi } from 'vitest';
import type { EnginePort } from './serve.ts';
import { refuseAll } from './refuse-all.ts';
import { runtimeProblem, type Machine } from './runtime-problem.ts';

const failure = (message: string, code: string): Error =>
  Object.assign(new Error(message), { code });
const at = (platform: NodeJS.Platform, arch: string, release = '25.1.0'): Machine => ({
  platform,
  arch,
  release,
});
const missing = (place: string): Error =>
  failure(
    `Cannot find module '../bin/napi-v6/${place}/onnxruntime_binding.node'\nRequire stack:\n- /x`,
    'MODULE_NOT_FOUND',
  );

describe('why ONNX Runtime does not load, and the way out', () => {
  it.each([
    [
      'no Visual C++ runtime, in German',
      failure(
        'Das angegebene Modul wurde nicht gefunden.\n\\\\?\\C:\\m\\onnxruntime_binding.node',
        'ERR_DLOPEN_FAILED',
      ),
      at('win32', 'x64', '10.0.26100'),
      /Visual C\+\+ runtime/,
      /vc_redist\.x64\.exe/,
    ],
    ['an Intel Mac', missing('darwin/x64'), at('darwin', 'x64'), /Intel/, /marginalia serve/],
    [
      'macOS 13',
      failure(
        'dlopen(/x/onnxruntime_binding.node, 0x0001): Symbol not found: __ZNSt3__1\n  Referenced from: /x/libonnxruntime.1.30.0.dylib (built for macOS 14.0 which is newer than running OS)',
        'ERR_DLOPEN_FAILED',
      ),
      at('darwin', 'arm64', '22.6.0'),
      /macOS 14/,
      /Update macOS/,
    ],
    [
      'packages of another system',
      missing('linux/x64'),
      at('linux', 'x64', '6.8.0'),
      /no library for linux x64/,
      /npm ci/,
    ],
    [
      'a library that Linux lacks',
      failure('libstdc++.so.6: version `GLIBCXX_3.4.32` not found', 'ERR_DLOPEN_FAILED'),
      at('linux', 'x64', '4.18.0'),
      /GLIBCXX_3\.4\.32/,
      /marginalia doctor/,
    ],
    [
      'a Mac that is new enough',
      failure('dlopen(/x/onnxruntime_binding.node): code signature', 'ERR_DLOPEN_FAILED'),
      at('darwin', 'arm64'),
      /code signature/,
      /npm ci/,
    ],
  ])('%s', (_, error, machine, message, hint) => {
    const problem = runtimeProblem(error, machine);
    expect(problem.code).toBe('no-runtime');
    expect(problem.message).toMatch(message);
    expect(problem.message).not.toContain('\n');
    expect(problem.hint).toMatch(hint);
  });
});

it('an engine without it answers everything with why', () => {
  const send = vi.fn();
  let say!: (message: unknown) => void;
  const port: EnginePort = {
    send,
    backlog: 0,
    flushed: () => Promise.resolve(),
    onMessage: (listener) => (say = listener),
  };
  refuseAll(port, runtimeProblem(missing('darwin/x64'), at('darwin', 'x64')));
  say({ type: 'probe', call: 1, device: 'cpu' });
  say({ type: 'load', call: 2, folder: '/m', device: 'cpu' });
  say({ type: 'cancel', id: 'p' });
  const error = expect.objectContaining({ code: 'no-runtime' }) as object;
  expect(send.mock.calls).toEqual([
    [{ type: 'failed', call: 1, error }],
    [{ type: 'failed', call: 2, error }],
  ]);
});
