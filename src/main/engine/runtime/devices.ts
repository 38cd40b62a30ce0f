import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { EngineGone, openLine } from '../process/line.ts';
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
 * Tries a device in a process of its own, which may crash or hang: how fast it multiplies
 * matrices, or why it cannot be used.
 */
export async function probeDevice(
  device: Device,
  { spawn = forkEngine, limit = 60_000 }: ProbeOptions = {},
): Promise<DeviceReport> {
  const line = openLine(spawn);
  const timer = new AbortController();
  try {
    const flops = await Promise.race([
      line.call({ type: 'probe', device }).then((value) => measuredSchema.parse(value)),
      setTimeout(limit, undefined, { signal: timer.signal }).then(() => {
        throw new Error(`no answer within ${Math.round(limit / 1000)} s`);
      }),
    ]);
    return { device, usable: true, flops };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const reason =
      error instanceof EngineGone ? `it crashed: ${plainReason(message)}` : plainReason(message);
    return { device, usable: false, reason: missingLibraries(device) ?? reason };
  } finally {
    timer.abort();
    line.kill();
    await line.gone;
  }
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
  const home = dirname(dirname(createRequire(import.meta.url).resolve('onnxruntime-node')));
  const folder = join(home, 'bin', 'napi-v6', process.platform, process.arch);
  const name =
    process.platform === 'win32'
      ? 'onnxruntime_providers_cuda.dll'
      : 'libonnxruntime_providers_cuda.so';
  return existsSync(join(folder, name))
    ? undefined
    : `ONNX Runtime's CUDA library (${name}) is not installed`;
}

/** On Linux a GPU shows as a device file; without one, WebGPU could only be software. */
function missingHardware(device: Device): string | undefined {
  if (device !== 'webgpu' || process.platform !== 'linux') return undefined;
  const files = existsSync('/dev/dri') ? readdirSync('/dev/dri') : [];
  const found =
    files.some((name) => name.startsWith('renderD')) ||
    existsSync('/dev/nvidiactl') ||
    existsSync('/dev/dxg');
  return found ? undefined : 'there is no graphics device';
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
