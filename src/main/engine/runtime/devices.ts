import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { MarginaliaError } from '../../../shared/errors.ts';
import { EngineGone, connectEngine } from '../process/connection.ts';
import { measuredSchema } from '../process/protocol.ts';
import { forkEngine, type EngineSpawner } from '../process/spawn.ts';
import type { Device } from './session.ts';

/** `auto` takes CUDA where it can be used, else WebGPU, else the CPU; never what is slower. */
export type DeviceChoice = 'auto' | Device;

export type DeviceReport =
  | { readonly device: Device; readonly usable: true; readonly flops: number }
  | { readonly device: Device; readonly usable: false; readonly reason: string };

export interface ProbeOptions {
  readonly spawn?: EngineSpawner;
  /** Milliseconds a device has to show that it works. */
  readonly limit?: number;
}

/**
 * Tries a device in a separate process, which may crash or hang: how fast it multiplies
 * matrices, or why it cannot be used.
 */
export async function probeDevice(
  device: Device,
  { spawn = forkEngine, limit = 60_000 }: ProbeOptions = {},
): Promise<DeviceReport> {
  let reason = missingLibraries(device);
  if (reason === undefined) {
    const measured = await measure(device, spawn, limit);
    if (typeof measured === 'number') return { device, usable: true, flops: measured };
    reason = measured;
  }
  const hardware = missingHardware(device);
  return { device, usable: false, reason: hardware ? `${reason}; ${hardware}` : reason };
}

/** FLOP/s, or why there are none. */
async function measure(
  device: Device,
  spawn: EngineSpawner,
  limit: number,
): Promise<number | string> {
  let lastWords = '';
  const connection = connectEngine(spawn, { onGone: (reason) => (lastWords = reason) });
  const timer = new AbortController();
  let failure: unknown;
  try {
    return await Promise.race([
      connection.call({ type: 'probe', device }).then((value) => measuredSchema.parse(value)),
      setTimeout(limit, undefined, { signal: timer.signal }).then(() => {
        throw new MarginaliaError(
          'device-timeout',
          `no answer within ${Math.round(limit / 1000)} s`,
        );
      }),
    ]);
  } catch (error) {
    failure = error;
  } finally {
    timer.abort();
    await connection.end();
  }
  // Which library is missing is only written to standard error.
  const [, library] = /Failed to load library \S+ with error: (.+)/.exec(lastWords) ?? [];
  if (library !== undefined) return library;
  // ONNX Runtime itself is missing: no device is to blame, and there is a way out.
  if (failure instanceof MarginaliaError && failure.code === 'no-runtime') {
    return `${failure.message} ${failure.hint ?? ''}`.trim();
  }
  const said = plainReason(failure instanceof Error ? failure.message : String(failure));
  return failure instanceof EngineGone ? `it crashed: ${said}` : said;
}

/** All devices, one after the other so that none slows another down. */
export async function probeDevices(options: ProbeOptions = {}): Promise<DeviceReport[]> {
  const reports: DeviceReport[] = [];
  for (const device of ['cuda', 'webgpu', 'cpu'] as const) {
    reports.push(await probeDevice(device, options));
  }
  return reports;
}

/** What `auto` means, given what was found. A software adapter loses against the CPU. */
export function bestDevice(reports: readonly DeviceReport[]): Device {
  const flops = (device: Device): number => {
    const report = reports.find((r) => r.device === device);
    return report?.usable ? report.flops : 0;
  };
  return (['cuda', 'webgpu'] as const).find((device) => flops(device) > flops('cpu')) ?? 'cpu';
}

/** The device to use. `auto` probes only what the machine may have, which most often is nothing. */
export async function chooseDevice(
  choice: DeviceChoice,
  options: ProbeOptions = {},
): Promise<Device> {
  if (choice !== 'auto') return choice;
  const reports: DeviceReport[] = [];
  for (const device of ['cuda', 'webgpu'] as const) {
    if ((missingLibraries(device) ?? missingHardware(device)) !== undefined) continue;
    reports.push(await probeDevice(device, options));
  }
  if (!reports.some(({ usable }) => usable)) return 'cpu';
  return bestDevice([...reports, await probeDevice('cpu', options)]);
}

/** CUDA is an addition to ONNX Runtime that npm does not bring. */
function missingLibraries(device: Device): string | undefined {
  if (device !== 'cuda') return undefined;
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    return 'ONNX Runtime for Node has CUDA on Linux with x64 only';
  }
  const home = dirname(dirname(createRequire(import.meta.url).resolve('onnxruntime-node')));
  const folder = join(home, 'bin', 'napi-v6', 'linux', 'x64');
  const missing = ['libonnxruntime_providers_shared.so', 'libonnxruntime_providers_cuda.so'].filter(
    (name) => !existsSync(join(folder, name)),
  );
  return missing.length === 0
    ? undefined
    : `ONNX Runtime's CUDA libraries are not installed (${folder} lacks ${missing.join(' and ')})`;
}

/** On Linux a GPU shows as a device file; without one, WebGPU could only be software. */
function missingHardware(device: Device): string | undefined {
  if (device === 'cpu' || process.platform !== 'linux') return undefined;
  const nvidia = existsSync('/dev/nvidiactl') || existsSync('/dev/dxg');
  if (device === 'cuda') {
    return nvidia ? undefined : 'there is no NVIDIA driver (no /dev/nvidiactl, no /dev/dxg)';
  }
  const files = existsSync('/dev/dri') ? readdirSync('/dev/dri') : [];
  return nvidia || files.some((name) => name.startsWith('renderD'))
    ? undefined
    : 'there is no graphics device (no /dev/dri/renderD*, no /dev/nvidiactl, no /dev/dxg)';
}

/** ONNX Runtime's errors begin with source paths and may hold terminal colours. */
function plainReason(message: string): string {
  const [, said = message] = /was false\.\s*([^]*)/.exec(message) ?? [];
  const lines = said
    // eslint-disable-next-line no-control-regex
    .replace(/\x1b\[[\d;]*m/g, '')
    .split('\n')
    .map((text) => text.trim())
    .filter((text) => text !== '');
  return (lines[0] ?? 'it said nothing').slice(0, 300);
}
