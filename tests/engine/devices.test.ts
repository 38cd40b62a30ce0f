import { describe, expect, it } from 'vitest';
import type { EngineChild } from '../../src/main/engine/process/spawn.ts';
import {
  bestDevice,
  chooseDevice,
  probeDevice,
  type DeviceReport,
} from '../../src/main/engine/runtime/devices.ts';

/** A process that reacts to being asked in one fixed way. */
function child(
  react: (answer: (message: unknown) => void, exit: (reason: string) => void) => void,
) {
  const killed: boolean[] = [];
  const spawn = (): EngineChild => {
    let onMessage: (message: unknown) => void = () => undefined;
    let onExit: (reason: string) => void = () => undefined;
    return {
      send: () =>
        setImmediate(() =>
          react(
            (m) => onMessage(m),
            (r) => onExit(r),
          ),
        ),
      onMessage: (listener) => void (onMessage = listener),
      onExit: (listener) => void (onExit = listener),
      kill: () => {
        killed.push(true);
        setImmediate(() => onExit('SIGKILL'));
      },
    };
  };
  return { spawn, killed };
}

describe('probing a device', () => {
  it('measures the CPU', async () => {
    const report = await probeDevice('cpu');
    expect(report.usable && report.flops).toBeGreaterThan(0);
  });

  it('survives a device that crashes, hangs, or cannot', async () => {
    const crash = child((_, exit) => exit('SIGSEGV: \n'));
    expect(await probeDevice('webgpu', crash)).toEqual({
      device: 'webgpu',
      usable: false,
      reason: expect.stringMatching(/^it crashed: SIGSEGV:/),
    });
    const hang = child(() => undefined);
    expect(await probeDevice('webgpu', { ...hang, limit: 1000 })).toMatchObject({
      usable: false,
      reason: expect.stringMatching(/^no answer within 1 s/),
    });
    expect(hang.killed).toEqual([true]);
    const message =
      '/src/webgpu_context.cc:136 lambda status == Success was false. \u001b[1mFailed to get a WebGPU adapter: none\u001b[m\n\n';
    const cannot = child((answer) =>
      answer({ type: 'failed', call: 1, error: { code: 'internal', message } }),
    );
    expect(await probeDevice('webgpu', cannot)).toMatchObject({
      usable: false,
      reason: expect.stringMatching(/^Failed to get a WebGPU adapter: none/),
    });
  });

  it('names the library that a provider could not load', async () => {
    const words =
      '[E:onnxruntime] Failed to load library /a/libonnxruntime_providers_cuda.so with error: libcublasLt.so.12: cannot open shared object file: No such file or directory\n\u001b[m';
    const exits = child((answer, exit) => {
      answer({
        type: 'failed',
        call: 1,
        error: { code: 'internal', message: 'Failed to load shared library' },
      });
      exit(`SIGKILL: ${words}`);
    });
    expect(await probeDevice('webgpu', exits)).toMatchObject({
      usable: false,
      reason: expect.stringMatching(
        /^libcublasLt\.so\.12: cannot open shared object file: No such file or directory/,
      ),
    });
  });
});

describe('auto', () => {
  const cpu: DeviceReport = { device: 'cpu', usable: true, flops: 200e9 };
  const webgpu = (flops: number): DeviceReport => ({ device: 'webgpu', usable: true, flops });
  const cuda: DeviceReport = { device: 'cuda', usable: true, flops: 20e12 };
  const broken: DeviceReport = { device: 'cuda', usable: false, reason: 'no driver' };

  it('prefers CUDA, then WebGPU, then the CPU, and never what is slower', () => {
    expect(bestDevice([cpu, webgpu(5e12), cuda])).toBe('cuda');
    expect(bestDevice([cpu, webgpu(5e12), broken])).toBe('webgpu');
    expect(bestDevice([cpu, webgpu(0.3e9), broken])).toBe('cpu');
    expect(bestDevice([])).toBe('cpu');
  });

  it('leaves a device that was named alone', async () => {
    expect(await chooseDevice('cuda')).toBe('cuda');
  });
});
