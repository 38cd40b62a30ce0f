import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Affine, Triple, Volume } from '../../src/shared/volume.ts';

export interface SeriesShape {
  /** Image Orientation (Patient): direction of a row, direction of a column (LPS). */
  readonly row: Triple;
  readonly column: Triple;
  readonly position: Triple;
  /** mm between columns, rows, slices. */
  readonly spacing: Triple;
  readonly size: Triple;
  readonly acquisition: '2D' | '3D';
  /** Instance numbers run against the normal. */
  readonly reversed: boolean;
}

export const cross = (a: Triple, b: Triple): Triple => [
  a[1] * b[2] - a[2] * b[1],
  a[2] * b[0] - a[0] * b[2],
  a[0] * b[1] - a[1] * b[0],
];

/** A data element, explicit VR little endian (DICOM PS3.5, 7.1.2). */
function element(group: number, tag: number, vr: string, value: string | number | Buffer): Buffer {
  let bytes: Buffer;
  if (typeof value === 'number') {
    bytes = Buffer.alloc(2);
    bytes.writeUInt16LE(value);
  } else {
    bytes = Buffer.from(value);
  }
  if (bytes.length % 2 === 1) bytes = Buffer.concat([bytes, Buffer.from(vr === 'UI' ? '\0' : ' ')]);
  const head = Buffer.alloc(vr === 'OW' ? 12 : 8);
  head.writeUInt16LE(group, 0);
  head.writeUInt16LE(tag, 2);
  head.write(vr, 4, 'latin1');
  if (vr === 'OW') head.writeUInt32LE(bytes.length, 8);
  else head.writeUInt16LE(bytes.length, 6);
  return Buffer.concat([head, bytes]);
}

/**
 * Write a classic MR series into a folder, and give the volume that it holds: slices along the
 * normal, every voxel with a value of its own unless its values are given.
 */
export function writeSeries(folder: string, shape: SeriesShape, values?: Int16Array): Volume {
  const { row, column, position, spacing, size } = shape;
  const [nx, ny, nz] = size;
  const normal = cross(row, column);
  const uid = '2.25.4711';
  const data = values ?? Int16Array.from({ length: nx * ny * nz }, (_, n) => n + 1);
  for (let k = 0; k < nz; k++) {
    const instance = shape.reversed ? nz - k : k + 1;
    const sop = `${uid}.1.${instance}`;
    const direction = [...row, ...column].map((v) => v.toFixed(10)).join('\\');
    const at = position.map((v, n) => (v + k * spacing[2] * normal[n]!).toFixed(8)).join('\\');
    const pixels = data.slice(k * nx * ny, (k + 1) * nx * ny);
    const meta = [element(0x0002, 0x0010, 'UI', '1.2.840.10008.1.2.1')];
    const elements = [
      element(0x0008, 0x0008, 'CS', 'ORIGINAL\\PRIMARY'),
      element(0x0008, 0x0016, 'UI', '1.2.840.10008.5.1.4.1.1.4'),
      element(0x0008, 0x0018, 'UI', sop),
      element(0x0008, 0x0020, 'DA', '20200101'),
      element(0x0008, 0x0030, 'TM', '120000'),
      element(0x0008, 0x0060, 'CS', 'MR'),
      element(0x0008, 0x0070, 'LO', 'GE MEDICAL SYSTEMS'),
      element(0x0018, 0x0023, 'CS', shape.acquisition),
      element(0x0018, 0x0050, 'DS', String(spacing[2])),
      element(0x0020, 0x000d, 'UI', uid),
      element(0x0020, 0x000e, 'UI', `${uid}.1`),
      element(0x0020, 0x0011, 'IS', '1'),
      element(0x0020, 0x0012, 'IS', '1'),
      element(0x0020, 0x0013, 'IS', String(instance)),
      element(0x0020, 0x0032, 'DS', at),
      element(0x0020, 0x0037, 'DS', direction),
      element(0x0028, 0x0002, 'US', 1),
      element(0x0028, 0x0004, 'CS', 'MONOCHROME2'),
      element(0x0028, 0x0010, 'US', ny),
      element(0x0028, 0x0011, 'US', nx),
      element(0x0028, 0x0030, 'DS', `${spacing[1]}\\${spacing[0]}`),
      element(0x0028, 0x0100, 'US', 16),
      element(0x0028, 0x0101, 'US', 16),
      element(0x0028, 0x0102, 'US', 15),
      element(0x0028, 0x0103, 'US', 1),
      element(0x7fe0, 0x0010, 'OW', Buffer.from(pixels.buffer)),
    ];
    writeFileSync(
      join(folder, `${instance}.dcm`),
      Buffer.concat([Buffer.alloc(128), Buffer.from('DICM'), ...meta, ...elements]),
    );
  }
  const rows = [0, 1, 2].map((n) => [
    row[n]! * spacing[0],
    column[n]! * spacing[1],
    normal[n]! * spacing[2],
    position[n]!,
  ]);
  const affineLps: Affine = [...rows.flat(), 0, 0, 0, 1];
  return { grid: { size, affineLps }, data };
}
