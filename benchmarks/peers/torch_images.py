"""Pictures of 224 x 224 a second that one core makes of a folder's JPEG files with Pillow and torchvision.

    python torch_images.py FOLDER      (FOLDER/train/CLASS/*.jpg or FOLDER/CLASS/*.jpg)

The same work as benchmarks/image_input.cc: RandomResizedCrop(224), a mirror half of the times, bytes as the result.
`DataLoader` adds reading of the files and the tensor of floats, in one worker process.
"""

import glob
import io
import os
import sys
import time

import torch
import torchvision
from PIL import Image
from torchvision import transforms
from torchvision.transforms import v2

REPEATS = 5


def rate(count, make):
    best = float('inf')
    for _ in range(REPEATS):
        start = time.perf_counter()
        for i in range(count):
            make(i)
        best = min(best, time.perf_counter() - start)
    return count / best


def show(what, pictures_per_second):
    print('%-48s %7.0f pictures/s %8.3f ms' % (what, pictures_per_second, 1e3 / pictures_per_second))


def loader_rate(folder):
    transform = transforms.Compose([transforms.RandomResizedCrop(224), transforms.RandomHorizontalFlip(),
                                    transforms.ToTensor()])
    data = torchvision.datasets.ImageFolder(folder, transform)
    loader = torch.utils.data.DataLoader(data, batch_size=32, shuffle=True, num_workers=1, persistent_workers=True)
    best = float('inf')
    for _ in range(REPEATS):
        start = time.perf_counter()
        for _ in loader:
            pass
        best = min(best, time.perf_counter() - start)
    return len(data) / best


def main():
    torch.set_num_threads(1)
    folder = os.path.join(sys.argv[1], 'train')
    folder = folder if os.path.isdir(folder) else sys.argv[1]
    files = [open(path, 'rb').read() for path in sorted(glob.glob(os.path.join(folder, '*', '*.jpg')))]
    tensors = [torch.frombuffer(bytearray(file), dtype=torch.uint8) for file in files]
    crop = transforms.Compose([transforms.RandomResizedCrop(224), transforms.RandomHorizontalFlip()])
    crop_tensor = v2.Compose([v2.RandomResizedCrop(224, antialias=True), v2.RandomHorizontalFlip()])
    rgb = torchvision.io.ImageReadMode.RGB
    print('%d pictures, one thread, Pillow %s, torchvision %s' %
          (len(files), Image.__version__, torchvision.__version__))
    show('Pillow, whole pictures', rate(len(files), lambda i: Image.open(io.BytesIO(files[i])).convert('RGB')))
    show('Pillow and torchvision: a sample',
         rate(len(files), lambda i: crop(Image.open(io.BytesIO(files[i])).convert('RGB'))))
    show('torchvision.io and v2: a sample',
         rate(len(files), lambda i: crop_tensor(torchvision.io.decode_jpeg(tensors[i], mode=rgb))))
    show('DataLoader of ImageFolder, one worker', loader_rate(folder))


if __name__ == '__main__':
    main()
