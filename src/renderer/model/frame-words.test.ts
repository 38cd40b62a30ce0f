import { expect, it } from 'vitest';
import { inFrameWords } from './frame-words.ts';

it('texts about slices speak of what is open', () => {
  const text = 'Slices: suggest every slice, 3 slices ahead, from slice 4 on.';
  expect(inFrameWords(text, 'volume')).toBe(text);
  expect(inFrameWords(text, 'stack')).toBe(text);
  expect(inFrameWords(text, 'clip')).toBe(
    'Frames: suggest every frame, 3 frames ahead, from frame 4 on.',
  );
  expect(inFrameWords(text, 'set')).toBe(
    'Pictures: suggest every picture, 3 pictures ahead, from picture 4 on.',
  );
});

it('names stay what they are', () => {
  const names =
    'masks/slice-0001.png, /data/slice/x.png, slice.png, “slice”, sliced, C:\\slices\\a';
  expect(inFrameWords(names, 'set')).toBe(names);
});
