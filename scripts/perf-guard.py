"""perf-guard.py COUNTS BASELINE [--accept]: compares the instructions of each request with the baseline, and
fails if one grew by more than 5 %. With --accept, makes the counts the baseline."""

import json
import pathlib
import platform
import subprocess
import sys

MOST = 1.05
# A count this far below the baseline would hide the next growth.
LEAST = 0.95


def first_line(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()[0]


counts = json.loads(pathlib.Path(sys.argv[1]).read_text())
path = pathlib.Path(sys.argv[2])
machine = {
    "processor": platform.machine(),
    "libc": " ".join(platform.libc_ver()),
    "rustc": first_line("rustc", "--version").split(" (")[0],
    "valgrind": first_line("valgrind", "--version"),
}
if "--accept" in sys.argv:
    path.write_text(json.dumps({"machine": machine, "instructions": counts}, indent=2) + "\n")
    print(f"Wrote {path}.")
    sys.exit()

if not path.exists():
    sys.exit(f"There is no {path}: scripts/perf-guard --accept writes it.")
baseline = json.loads(path.read_text())
wanted = baseline["instructions"]
if wanted.keys() != counts.keys():
    sys.exit(f"{path} is for other requests: {', '.join(wanted)}; scripts/perf-guard --accept writes it anew.")
grown = []
for name, count in counts.items():
    ratio = count / wanted[name]
    print(f"{name:10} {wanted[name]:>9,} -> {count:>9,} {ratio - 1:+7.1%}")
    if ratio > MOST:
        grown.append(name)
others = [f"{name}: {baseline['machine'][name]}, here {machine[name]}" for name in machine
          if machine[name] != baseline["machine"][name]]
if others:
    print("The baseline was counted on another machine: " + "; ".join(others))
if grown:
    sys.exit(f"More instructions than {path} allows: {', '.join(grown)}. Compare the profiles in target/instructions "
             "with callgrind_annotate; if the growth is wanted, run scripts/perf-guard --accept and say why.")
if any(count < LEAST * wanted[name] for name, count in counts.items()):
    print("Some needs clearly less: scripts/perf-guard --accept keeps it so.")
