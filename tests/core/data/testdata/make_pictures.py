"""Makes pictures/ with Pillow: small picture files of each kind, and in expected.npz what Pillow makes of them.

    python3 make_pictures.py        (Pillow 13.0, numpy)
"""

import os
import struct
import zlib

import numpy as np
from PIL import Image, ImageOps

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'pictures')
expected = {}


def scene(height, width):
    """A picture without symmetry: slopes, a disc, a bar; smooth, so that it compresses well."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    red = 255 * x / (width - 1)
    green = 255 * y / (height - 1)
    blue = 128 + 100 * np.sin(x / 9 + y / 14)
    disc = (x - width * 0.3) ** 2 + (y - height * 0.35) ** 2 < (height * 0.2) ** 2
    red, green = np.where(disc, 230, red), np.where(disc, 40, green)
    blue = np.where((y > height * 0.8) & (x > width * 0.5), 20, blue)
    return np.clip(np.stack([red, green, blue], 2), 0, 255).astype(np.uint8)


def save(image, name, **options):
    path = os.path.join(FOLDER, name)
    image.save(path, **options)
    return path


def keep(name, image):
    expected[name] = np.asarray(image.convert('RGB'))


def png_chunk(kind, content):
    return struct.pack('>I', len(content)) + kind + content + struct.pack('>I', zlib.crc32(kind + content))


def save_rgb16(pixels, name):
    """A PNG of 16 bits a channel, which Pillow does not write."""
    height, width, _ = pixels.shape
    rows = b''.join(b'\0' + row.astype('>u2').tobytes() for row in pixels)
    with open(os.path.join(FOLDER, name), 'wb') as file:
        file.write(b'\x89PNG\r\n\x1a\n' + png_chunk(b'IHDR', struct.pack('>IIBBBBB', width, height, 16, 2, 0, 0, 0)) +
                   png_chunk(b'IDAT', zlib.compress(rows, 9)) + png_chunk(b'IEND', b''))


def make_jpegs():
    colour = Image.fromarray(scene(50, 67))
    keep('colour.jpg', Image.open(save(colour, 'colour.jpg', quality=85, subsampling=2)))
    # The same coefficients in another order.
    save(colour, 'progressive.jpg', quality=85, subsampling=2, progressive=True)
    keep('grey.jpg', Image.open(save(colour.convert('L'), 'grey.jpg', quality=85)))
    cmyk = save(colour.convert('CMYK'), 'cmyk.jpg', quality=90)
    keep('cmyk.jpg', Image.open(cmyk))
    small = Image.fromarray(scene(12, 20))
    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[0x0112] = orientation
        path = save(small, 'turned_%d.jpg' % orientation, quality=95, subsampling=0, exif=exif)
        keep('turned_%d.jpg' % orientation, ImageOps.exif_transpose(Image.open(path)))


def make_pngs():
    pixels = scene(23, 31)
    colour = Image.fromarray(pixels)
    save(colour, 'colour.png')
    keep('colour.png', colour)
    save(colour.convert('L'), 'grey.png')
    keep('grey.png', colour.convert('L'))
    bits = colour.convert('1')
    save(bits, 'bits.png')
    keep('bits.png', bits)
    palette = colour.quantize(16)
    save(palette, 'palette.png')
    keep('palette.png', palette)
    alpha = np.dstack([pixels, np.full(pixels.shape[:2], 77, np.uint8)])
    save(Image.fromarray(alpha), 'alpha.png')
    expected['alpha.png'] = pixels
    wide = pixels.astype(np.uint16) * 257
    save_rgb16(wide, 'wide.png')
    expected['wide.png'] = pixels


def make_scaled():
    """Pillow's resize of parts of a picture, down, up and both, for exact comparison of the filter."""
    source = scene(50, 67)
    expected['source'] = source
    cases = [((0, 0, 67, 50), (32, 32)), ((0, 0, 67, 50), (67, 50)), ((10.5, 3.25, 60.75, 46.5), (40, 17)),
             ((20, 10, 30, 18), (64, 48)), ((0, 0, 67, 50), (1, 1)), ((0, 0, 67, 50), (33, 100)),
             ((60, 42, 67, 50), (6, 6)), ((0, 0, 3, 2), (5, 7))]
    expected['boxes'] = np.array([box for box, _ in cases], np.float64)
    expected['sizes'] = np.array([size for _, size in cases], np.int32)
    for i, (box, size) in enumerate(cases):
        scaled = Image.fromarray(source).resize(size, Image.Resampling.BILINEAR, box=box)
        expected['scaled_%d' % i] = np.asarray(scaled)


def main():
    os.makedirs(FOLDER, exist_ok=True)
    make_jpegs()
    make_pngs()
    make_scaled()
    np.savez_compressed(os.path.join(FOLDER, 'expected.npz'), **expected)


if __name__ == '__main__':
    main()
