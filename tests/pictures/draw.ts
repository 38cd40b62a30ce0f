import { python } from '../export/tools.ts';

/**
 * Draws pictures of every kind into a folder, with Pillow and OpenCV.
 * @returns their names.
 */
export const drawEveryKind = (folder: string): string[] => python(DRAW, folder);

const DRAW = String.raw`
import json, os, struct, sys
import cv2, numpy as np
from PIL import Image
os.chdir(sys.argv[1])
rng = np.random.default_rng(1)
def noisy(channels):
    drawn = cv2.GaussianBlur(rng.normal(size=(61, 103, channels)), (0, 0), 5).reshape(61, 103, channels)
    drawn = (drawn - drawn.min()) / (drawn.max() - drawn.min()) * 255
    return (drawn + rng.normal(size=drawn.shape) * 6).clip(0, 255).astype(np.uint8)
colour, grey = noisy(3), noisy(1)[..., 0]
grey16 = grey.astype(np.uint16) * 257 + rng.integers(0, 255, grey.shape).astype(np.uint16)
colour16 = colour.astype(np.uint16) * 200 + rng.integers(0, 9999, colour.shape).astype(np.uint16)
rgb, l = Image.fromarray(colour), Image.fromarray(grey)

for subsampling in (0, 1, 2):
    for progressive in (False, True):
        rgb.save(f'colour-{subsampling}-{progressive}.jpg', quality=85, subsampling=subsampling, progressive=progressive)
l.save('grey.jpg'); l.save('grey-progressive.jpg', progressive=True, quality=60)
rgb.save('kept-rgb.jpg', keep_rgb=True)
cv2.imwrite('restart-markers.jpg', colour, [cv2.IMWRITE_JPEG_RST_INTERVAL, 3])
rgb.convert('CMYK').save('cmyk.jpg')
cmyk = open('cmyk.jpg', 'rb').read()
adobe = cmyk.index(b'Adobe')
open('ycck.jpg', 'wb').write(cmyk[:adobe + 11] + b'\2' + cmyk[adobe + 12:])
open('cmyk-unmarked.jpg', 'wb').write(cmyk[:adobe - 4] + cmyk[adobe + 12:])
for orientation in range(1, 9):
    exif = Image.Exif(); exif[0x112] = orientation
    rgb.save(f'exif-{orientation}.jpg', exif=exif); l.save(f'exif-grey-{orientation}.jpg', exif=exif)
    rgb.save(f'exif-{orientation}.png', exif=exif)

rgb.save('colour.png'); l.save('grey.png')
Image.fromarray(np.dstack([colour, grey])).save('colour-alpha.png')
for bits in (1, 2, 4, 8): rgb.quantize(2 ** bits).save(f'palette-{bits}.png', bits=bits)
rgb.quantize(9).save('palette-transparent.png', transparency=2)
l.convert('1').save('grey-1.png')
Image.fromarray(grey16).save('grey-16.png'); cv2.imwrite('colour-16.png', colour16)

for compression in (None, 'tiff_lzw', 'tiff_adobe_deflate', 'tiff_deflate', 'packbits'):
    rgb.save(f'colour-{compression}.tif', compression=compression); l.save(f'grey-{compression}.tif', compression=compression)
Image.fromarray(grey16).save('grey-16.tif', compression='tiff_lzw'); cv2.imwrite('colour-16.tif', colour16)
rgb.save('jpeg.tif', compression='jpeg'); rgb.quantize(100).save('palette.tif')
l.convert('1').save('grey-1.tif'); l.convert('1').save('fax.tif', compression='group4')
rgb.save('colour.bmp'); l.save('grey.bmp'); rgb.quantize(100).save('palette.bmp'); l.convert('1').save('grey-1.bmp')

def chunk(kind, data):
    import zlib
    return struct.pack('>I', len(data)) + kind + data + struct.pack('>I', zlib.crc32(kind + data))
def png(name, bits, colour_type, pixels, interlaced):
    # pixels: rows × columns × samples
    import zlib
    def rows(part):
        if part.shape[0] == 0 or part.shape[1] == 0: return b''
        raw = b''
        for row in part:
            row = row.reshape(-1)
            if bits == 16: packed = row.astype('>u2').tobytes()
            elif bits == 8: packed = row.astype(np.uint8).tobytes()
            else: packed = np.packbits(((row[:, None] >> np.arange(bits - 1, -1, -1)) & 1).astype(np.uint8).reshape(-1)).tobytes()
            raw += b'\0' + packed
        return raw
    passes = [(0,0,8,8),(0,4,8,8),(4,0,8,4),(0,2,4,4),(2,0,4,2),(0,1,2,2),(1,0,2,1)] if interlaced else [(0,0,1,1)]
    data = b''.join(rows(pixels[y::dy, x::dx]) for y, x, dy, dx in passes)
    h, w = pixels.shape[:2]
    header = struct.pack('>IIBBBBB', w, h, bits, colour_type, 0, 0, int(interlaced))
    open(name, 'wb').write(b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', header) + chunk(b'IDAT', zlib.compress(data)) + chunk(b'IEND', b''))
for bits in (1, 2, 4, 8, 16):
    for interlaced in (False, True):
        png(f'drawn-grey-{bits}-{interlaced}.png', bits, 0, rng.integers(0, 2 ** bits, (19, 21, 1)), interlaced)
for bits in (8, 16):
    for interlaced in (False, True):
        png(f'drawn-colour-{bits}-{interlaced}.png', bits, 2, rng.integers(0, 2 ** bits, (19, 21, 3)), interlaced)
        png(f'drawn-colour-alpha-{bits}-{interlaced}.png', bits, 6, rng.integers(0, 2 ** bits, (19, 21, 4)), interlaced)

W, H = 13, 7
def bmp(name, bits, compression, palette, data, height=H, masks=b''):
    info = struct.pack('<IiiHHIIiiII', 40, W, height, 1, bits, compression, len(data), 0, 0, len(palette) // 4, 0)
    start = 54 + len(masks) + len(palette)
    open(f'drawn-{name}.bmp', 'wb').write(struct.pack('<2sIHHI', b'BM', start + len(data), 0, 0, start) + info + masks + palette + data)
rows = lambda bits: rng.integers(0, 256, ((W * bits + 31) // 32 * 4) * H, dtype=np.uint8).tobytes()
palette = lambda n: b''.join(bytes([*rng.integers(0, 256, 3).tolist(), 0]) for _ in range(n))
for bits in (1, 4, 8):
    bmp(bits, bits, 0, palette(2 ** bits), rows(bits)); bmp(f'{bits}-down', bits, 0, palette(2 ** bits), rows(bits), -H)
    bmp(f'{bits}-grey', bits, 0, b''.join(bytes([n * 255 // (2 ** bits - 1)] * 3 + [0]) for n in range(2 ** bits)), rows(bits))
for bits in (16, 24, 32): bmp(bits, bits, 0, b'', rows(bits)); bmp(f'{bits}-down', bits, 0, b'', rows(bits), -H)
bmp('565', 16, 3, b'', rows(16), masks=struct.pack('<III', 0xf800, 0x7e0, 0x1f))
bmp('555', 16, 3, b'', rows(16), masks=struct.pack('<III', 0x7c00, 0x3e0, 0x1f))
bmp('masks', 32, 3, b'', rows(32), masks=struct.pack('<III', 0xff0000, 0xff00, 0xff))
end = bytes([0, 1])
bmp('rle8', 8, 1, palette(256), b''.join(bytes([5, y + 1, 3, 200, 0, 5, 1, 2, 3, 4, 5, 0, 0, 0]) for y in range(H)) + end)
bmp('rle4', 4, 2, palette(16), bytes([5, 0x12, 3, 0xf0, 0, 5, 0x12, 0x34, 0x50, 0, 0, 0]) * H + end)
print(json.dumps(sorted(os.listdir('.'))))
`;
