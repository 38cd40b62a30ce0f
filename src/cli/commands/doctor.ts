import { createRequire } from 'node:module';
import { availableParallelism, cpus, freemem, release, totalmem } from 'node:os';
import type { Command } from 'commander';
import { toErrorInfo } from '../../shared/errors.ts';
import { openBundle } from '../../main/engine/bundle/bundle.ts';
import { listModels, modelFolders } from '../../main/engine/bundle/library.ts';
import { bestDevice, probeDevices, type DeviceReport } from '../../main/engine/runtime/devices.ts';
import { VERSION } from '../version.ts';

export function registerDoctor(program: Command): void {
  program
    .command('doctor')
    .description('say what this machine offers: versions, devices, memory, models')
    .action(async () => {
      printVersions();
      printMachine();
      const reports = await probeDevices();
      printDevices(reports);
      await printModels();
    });
}

function section(title: string, rows: readonly (readonly [string, string])[]): void {
  const width = Math.max(...rows.map(([name]) => name.length));
  console.log(title);
  for (const [name, text] of rows) console.log(`  ${name.padEnd(width)}  ${text}`);
}

function printVersions(): void {
  const { version } = createRequire(import.meta.url)('onnxruntime-node/package.json') as {
    version: string;
  };
  section('versions', [
    ['marginalia', VERSION],
    ['node', process.version.slice(1)],
    ['onnxruntime', version],
  ]);
}

function printMachine(): void {
  const gib = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(1)} GiB`;
  section('machine', [
    ['system', `${process.platform} ${process.arch} ${release()}`],
    ['processor', `${cpus()[0]?.model.trim() ?? 'unknown'}, ${availableParallelism()} threads`],
    ['memory', `${gib(totalmem())}, ${gib(freemem())} free`],
  ]);
}

function printDevices(reports: readonly DeviceReport[]): void {
  const best = bestDevice(reports);
  const processor = reports.find(({ device }) => device === 'cpu');
  section(
    'devices',
    reports.map((report) => {
      if (!report.usable) return [report.device, `no: ${report.reason}`] as const;
      const speed = `${(report.flops / 1e9).toPrecision(3)} GFLOP/s`;
      const slower = processor?.usable && report.flops < processor.flops;
      return [
        report.device,
        `yes, ${speed}${slower ? ', slower than the processor: auto does not take it' : ''}`,
      ] as const;
    }),
  );
  console.log(`  auto means ${best}`);
}

async function printModels(): Promise<void> {
  const models = listModels();
  if (models.length === 0) {
    section('models', [['none', `looked in ${modelFolders().join(', ')}`]]);
    return;
  }
  const rows: (readonly [string, string])[] = [];
  for (const { name, folder } of models) {
    rows.push([name, await modelState(folder)]);
  }
  section('models', rows);
}

async function modelState(folder: string): Promise<string> {
  try {
    const { json, hash } = await openBundle(folder);
    return `complete and unchanged: ${json.name} ${json.version}, sha256 ${hash.slice(0, 12)}…, ${folder}`;
  } catch (error) {
    return `cannot be used: ${toErrorInfo(error).message}`;
  }
}
