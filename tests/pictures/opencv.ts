import { createHash } from 'node:crypto';
import { missingPython, python } from '../export/tools.ts';

/** Why pictures cannot be compared with OpenCV here, or undefined. */
export const missingOpenCv = missingPython('cv2') && 'needs the Debian package python3-opencv';
/** Why pictures of every kind cannot be drawn here, or undefined. */
export const missingPillow = missingPython('PIL') && 'needs the Debian package python3-pil';

/** A decoded picture, so that many can be compared. */
export interface Digest {
  /** [rows, columns], and the channels where there are three. */
  readonly shape: readonly number[];
  readonly type: string;
  readonly sha256: string;
}

/**
 * Pictures as OpenCV reads them, red first: by IMREAD_ANYCOLOR and IMREAD_ANYDEPTH, colour of 16 bits by
 * IMREAD_COLOR; null for what it does not read.
 * @param as `colour`: everything by IMREAD_COLOR.
 */
export function byOpenCv(
  paths: readonly string[],
  as: 'stored' | 'colour' = 'stored',
): (Digest | null)[] {
  return python(OPEN_CV, JSON.stringify(paths), as);
}

const OPEN_CV = `
import cv2, hashlib, json, sys
def read(path):
    picture = cv2.imread(path, cv2.IMREAD_COLOR if sys.argv[2] == 'colour' else cv2.IMREAD_ANYCOLOR | cv2.IMREAD_ANYDEPTH)
    if picture is None: return None
    if picture.ndim == 3 and picture.dtype != 'uint8': picture = cv2.imread(path, cv2.IMREAD_COLOR)
    if picture.ndim == 3: picture = picture[..., ::-1]
    return dict(shape=picture.shape, type=str(picture.dtype), sha256=hashlib.sha256(picture.tobytes()).hexdigest())
print(json.dumps([read(path) for path in json.loads(sys.argv[1])]))
`;

/** The same of values of ours. */
export function digestOf(
  columns: number,
  rows: number,
  channels: number,
  values: ArrayBufferView,
): Digest {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return {
    shape: channels === 1 ? [rows, columns] : [rows, columns, channels],
    type: values.constructor.name.replace('Array', '').toLowerCase(),
    sha256: createHash('sha256').update(bytes).digest('hex'),
  };
}
