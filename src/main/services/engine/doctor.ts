import { createRequire } from 'node:module';
import { availableParallelism, cpus, freemem, release, totalmem } from 'node:os';
import { inspectModels, modelFolders, type LibraryEntry } from '../../engine/bundle/library.ts';
import { bestDevice, probeDevices, type DeviceReport } from '../../engine/runtime/devices.ts';

export function onnxRuntimeVersion(): string {
  const { version } = createRequire(import.meta.url)('onnxruntime-node/package.json') as {
    version: string;
  };
  return version;
}

/**
 * What this machine offers, in words: versions, machine, devices, models. Section by section, since
 * trying the devices takes seconds. Names no patient.
 * @param version of the application.
 * @param probe how devices are tried; default: now, in processes of their own.
 */
export async function* examineMachine(
  version: string,
  probe: () => Promise<readonly DeviceReport[]> = probeDevices,
): AsyncGenerator<string> {
  yield section('versions', [
    ['marginalia', version],
    ['node', process.version.slice(1)],
    ['onnxruntime', onnxRuntimeVersion()],
  ]);
  yield describeMachine();
  yield describeDevices(await probe());
  yield await describeModels();
}

type Row = readonly [name: string, text: string];

function section(title: string, rows: readonly Row[]): string {
  const width = Math.max(...rows.map(([name]) => name.length));
  return [title, ...rows.map(([name, text]) => `  ${name.padEnd(width)}  ${text}`)].join('\n');
}

function describeMachine(): string {
  const gib = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(1)} GiB`;
  return section('machine', [
    ['system', `${process.platform} ${process.arch} ${release()}`],
    ['processor', `${cpus()[0]?.model.trim() ?? 'unknown'}, ${availableParallelism()} threads`],
    ['memory', `${gib(totalmem())}, ${gib(freemem())} free`],
  ]);
}

function describeDevices(reports: readonly DeviceReport[]): string {
  const processor = reports.find(({ device }) => device === 'cpu');
  const rows = reports.map((report): Row => {
    if (!report.usable) return [report.device, `no: ${report.reason}`];
    const speed = `${(report.flops / 1e9).toPrecision(3)} GFLOP/s`;
    const slower = processor?.usable && report.flops < processor.flops;
    return [
      report.device,
      `yes, ${speed}${slower ? ', slower than the processor: auto does not take it' : ''}`,
    ];
  });
  return `${section('devices', rows)}\n  auto means ${bestDevice(reports)}`;
}

async function describeModels(): Promise<string> {
  const models = await inspectModels();
  if (models.length === 0) {
    return section('models', [['none', `looked in ${modelFolders().join(', ')}`]]);
  }
  return section(
    'models',
    models.map((entry): Row => [entry.name, modelState(entry)]),
  );
}

function modelState({ folder, bundle }: LibraryEntry): string {
  if ('code' in bundle) return `cannot be used: ${bundle.message}`;
  const { json, family, variants } = bundle;
  const short = (sha256: string): string => `${sha256.slice(0, 12)}…`;
  const precisions = variants.map(({ precision, hash }) => `${precision} ${short(hash)}`);
  return `complete and unchanged: ${json.name} ${json.version}, family ${short(family)}, ${precisions.join(', ')}, ${folder}`;
}
