import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { LoadedFrames } from '../../src/shared/image/index.ts';
import { loadVolume, scanDicom } from '../support/scan-dicom.ts';
import { writePhantomSeries } from '../../src/main/services/cases/phantom.ts';
import { volumePath, type StreamFrame } from '../../src/shared/contract/index.ts';
import { inOrder } from '../support/outwards.ts';
import { fakeEngines } from './fake-engines.ts';
import { openWorkstation, type Workstation } from './workstation.ts';

const SLICES = 60;
const PHANTOM = { slices: SLICES, size: 64 };

describe('voxels of a series that is being opened', () => {
  let station: Workstation;
  beforeAll(async () => {
    station = await openWorkstation(fakeEngines().spawn);
  });

  async function phantom(name: string, seed: number): Promise<{ folder: string; stack: string }> {
    const folder = join(station.root, name);
    await writePhantomSeries(folder, { ...PHANTOM, seed });
    return { folder, stack: await idOf(folder) };
  }
  async function idOf(folder: string): Promise<string> {
    const { stacks } = await station.page.stream('sources.open', { paths: [folder] }).result;
    return stacks[0]!.id;
  }
  const fetched = (stack: string): Promise<Response> =>
    station.session.fetch(new Request(`http://localhost${volumePath(stack)}`));
  async function inFiles(folder: string): Promise<LoadedFrames> {
    const { series } = await scanDicom([folder]);
    return loadVolume(series[0]!.stacks[0]!);
  }
  /** Opens a stack, and asks for its voxels as soon as anything of it is known. */
  function openAndAsk(stack: string) {
    let first: Extract<StreamFrame<'volumes.open'>, { kind: 'first' }> | undefined;
    let answer: Promise<Response> | undefined;
    const { result } = station.page.stream('volumes.open', { stack, resample: false }, (frame) => {
      if (frame.kind !== 'first') return;
      first = frame;
      answer = fetched(stack);
    });
    return { opened: result, told: () => ({ first: first!, answer: answer! }) };
  }

  it('come from the middle outwards while they are decoded, and are those of the files', async () => {
    const { folder, stack } = await phantom('whole', 31);
    const { opened, told } = openAndAsk(stack);
    const info = await opened;
    const { first, answer } = told();
    expect(first.index).toBe(SLICES / 2);
    const response = await answer;
    expect(response.headers.get('content-length')).toBe(String(64 * 64 * SLICES * 2));
    const bytes = new Uint8Array(await response.arrayBuffer());
    expect(Buffer.compare(bytes.subarray(0, first.voxels.length), first.voxels)).toBe(0);
    const { data } = await inFiles(folder);
    expect(Buffer.compare(inOrder(bytes, SLICES), new Uint8Array(data.buffer))).toBe(0);
    const sorted = data.slice().sort();
    expect(info.range).toEqual([sorted[0], sorted.at(-1)]);
  });

  it('break off where a later slice needs a wider type, and are whole when asked for again', async () => {
    const { folder } = await phantom('widened', 32);
    const last = join(folder, readdirSync(folder).sort().at(-1)!);
    const file = readFileSync(last);
    const at = file.indexOf('-1024');
    expect(at).toBeGreaterThan(0);
    file.write('70000', at, 'latin1');
    writeFileSync(last, file);
    const stack = await idOf(folder);
    const { opened, told } = openAndAsk(stack);
    const info = await opened;
    expect(told().first.info.voxelType).toBe('int16');
    expect(info.voxelType).toBe('int32');
    const early = await told().answer;
    await expect(early.arrayBuffer()).rejects.toMatchObject({ code: 'voxels-widened' });
    const bytes = new Uint8Array(await (await fetched(stack)).arrayBuffer());
    const { data } = await inFiles(folder);
    expect(info.range[1]).toBeGreaterThan(60_000);
    expect(Buffer.compare(inOrder(bytes, SLICES), new Uint8Array(data.buffer))).toBe(0);
  });

  it('end with what ended the reading of the files', async () => {
    const { folder, stack } = await phantom('cut', 33);
    const last = join(folder, readdirSync(folder).sort().at(-1)!);
    writeFileSync(last, readFileSync(last).subarray(0, -1000));
    const { opened, told } = openAndAsk(stack);
    await expect(opened).rejects.toMatchObject({ code: 'truncated-file' });
    await expect((await told().answer).arrayBuffer()).rejects.toMatchObject({
      code: 'truncated-file',
    });
  });
});
