#!/usr/bin/env python3
"""Prints what the tutorial says of scaling, each claim with the figures behind it, from `lockstep simulate` and `summary`.

    bazel build //tools:lockstep
    benchmarks/claims.py                 # all; two minutes, most of them for the memory
    benchmarks/claims.py servers wire    # some of: servers, alexnet, memory, wire

docs/scaling.md shows and discusses the output.
"""

import argparse
import csv
import io
import pathlib
import subprocess
import tempfile

REPOSITORY = pathlib.Path(__file__).resolve().parent.parent
LOCKSTEP = REPOSITORY / "bazel-bin/tools/lockstep"
IMAGENET_PICTURES = 1_281_167
EPOCHS = 90
# AlexNet with batch 16 on two ranks of a CPU: docs/performance.md, benchmarks/image_steps.py --ranks 2.
CPU_BATCH, CPU_STEP_S = 16, 0.199


def lockstep(*arguments):
    return subprocess.run([LOCKSTEP, *arguments], check=True, capture_output=True, text=True).stdout


def simulate(net, cluster, gpus, *arguments):
    """The points by number of GPUs, as simulate's CSV has them."""
    with tempfile.NamedTemporaryFile(suffix=".csv") as table:
        lockstep("simulate", net, "--cluster", cluster, "--gpus", ",".join(map(str, gpus)), "--csv", table.name, *arguments)
        return {int(row["gpus"]): row for row in csv.DictReader(io.StringIO(pathlib.Path(table.name).read_text()))}


def servers():
    print("100 GPUs and parameter servers in 2016: Inception v3, batch 32, sheet tensorflow-k40\n")
    print("| one GPU, pictures/s | placement | 100 GPUs | 90 % band | bottleneck | ring, overlap, bf16 | 90 % band |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    replan = "exchange { algorithm: HIERARCHICAL wire: BF16 bucket_mb: 25 overlap: true }"
    for net, rate, change in [(net, rate, "") for net in ("inception_v3", "inception_v3_aux")
                              for rate in (9.5, 12, 16.6, 20, 25, 30)] + [
            ("inception_v3", 16.6, "exchange { server_gb_s: 0.65 }"), ("inception_v3", 16.6, "exchange { server_gb_s: 0.87 }"),
            ("inception_v3", 16.6, "exchange { placement: LEAST_LOADED }"), ("inception_v3", 16.6, "exchange { placement: SHARDED }")]:
        common = ("--batch", "32", "--rate", str(rate), "--change")
        point = simulate(net, "tensorflow-k40", [100], *common, change)[100]
        better = simulate(net, "tensorflow-k40", [100], *common, replan)[100]
        print("| {} | {}{} | {:.0f} | {:.0f}-{:.0f} | {} | {:.0f} | {:.0f}-{:.0f} |".format(
            rate, "with the auxiliary head, " if net.endswith("aux") else "", change[11:-2] or "sheet's", float(point["speedup"]),
            float(point["low"]), float(point["high"]), point["bottleneck"], float(better["speedup"]), float(better["low"]),
            float(better["high"])))


def alexnet():
    print(f"AlexNet, {EPOCHS} epochs of ImageNet ({IMAGENET_PICTURES:,} pictures)\n")
    print("| hardware | pictures/s | days | source |\n| --- | --- | --- | --- |")
    rows = [("CPU, two cores", CPU_BATCH / CPU_STEP_S, "docs/performance.md")]
    with open(REPOSITORY / "measurements/points.csv", encoding="utf-8") as table:
        for row in csv.DictReader(table):
            if row["model"] == "alexnet" and row["use"] == "base" and row["data"] == "synthetic":
                rows.append((f"1 GPU of {row['system']}", float(row["rate"]), row["source"]))
    for hardware, rate, source in rows:
        print(f"| {hardware} | {rate:,.0f} | {IMAGENET_PICTURES * EPOCHS / rate / 86400:.2f} | {source} |")


def memory():
    batches = (16, 64, 256)
    print("Memory of a rank in GB, by batch, and the smallest GPU of clusters/ that holds it\n")
    print("| network | " + " | ".join(f"batch {batch}" for batch in batches) + " |\n| --- |" + " --- |" * len(batches))
    sizes = sorted(float(line.split()[1]) for sheet in (REPOSITORY / "clusters").glob("*.textproto")
                   for line in sheet.read_text().splitlines() if line.startswith("gpu_memory_gb"))
    with tempfile.TemporaryDirectory() as folder:
        for net, side in (("alexnet", 227), ("vgg16", 224), ("googlenet", 224), ("resnet18", 224), ("resnet50", 224),
                          ("resnet152", 224), ("inception_v3", 299)):
            config = pathlib.Path(folder) / "net.textproto"
            config.write_text(f"data {{ synthetic {{ shape: [{side}, {side}, 3] classes: 1000 samples: 8 }} }} "
                              f"model {{ zoo: '{net}' }} loss: CATEGORICAL_CROSSENTROPY")
            cells = []
            for batch in batches:
                text = lockstep("summary", config, "--ranks", "1", "--set", f"training {{ batch_size: {batch} }}")
                need = next(int(line.split()[-2].replace(",", "")) for line in text.splitlines() if " in all " in line) / 1e9
                fits = [size for size in sizes if size >= need]
                cells.append(f"{need:.1f}: fits {fits[0]:g} GB" if fits else f"{need:.1f}: fits none")
            print(f"| {net} | " + " | ".join(cells) + " |")


def wire():
    print("Step in ms on 64 V100 (8 hosts of dgx1-v100, one network card each), batch 32, by bits of a value on the wire\n")
    rates = (1, 10, 25, 100, 400)
    print("| network, bits | " + " | ".join(f"{rate} Gb/s" for rate in rates) + " |\n| --- |" + " --- |" * len(rates))
    for net, rate in (("resnet50", 370), ("vgg16", 230), ("alexnet", 3000)):
        for bits, name in ((32, "FP32"), (16, "BF16")):
            cells = []
            for gbit in rates:
                point = simulate(net, "dgx1-v100", [64], "--batch", "32", "--rate", str(rate), "--change",
                                 f"nic {{ gbit_s: {gbit} count: 1 }} exchange {{ wire: {name} }}")[64]
                cells.append(f"{64 * 32 / float(point['samples_per_second']) * 1e3:.0f} ({float(point['efficiency']) * 100:.0f} %)")
            print(f"| {net}, {bits} | " + " | ".join(cells) + " |")


CLAIMS = {"servers": servers, "alexnet": alexnet, "memory": memory, "wire": wire}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("claims", nargs="*", metavar="CLAIM", help="servers, alexnet, memory or wire; default: all")
    chosen = parser.parse_args().claims or list(CLAIMS)
    for name in chosen:
        if name not in CLAIMS:
            parser.error(f"no claim is called {name}; known are {', '.join(CLAIMS)}")
    for name in chosen:
        CLAIMS[name]()
        print()


if __name__ == "__main__":
    main()
