"""The tables and charts that docs/PERFORMANCE.md shows."""

import dataclasses
import datetime
import os
import pathlib
import statistics

BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"


@dataclasses.dataclass
class Figures:
    rows: list
    growth: list
    latencies: list
    beside_sign_ins: dict
    memory: list
    ready: list
    peers: list
    binary_bytes: int
    commit: str
    postgresql: str


def table(head, align, lines):
    return "\n".join(["| " + " | ".join(it) + " |" for it in [head, align, *lines]]) + "\n"


def share_text(row):
    low, high = min(row.shares), max(row.shares)
    middle = statistics.median(row.shares)
    return f"{middle:.0%} ({low:.0%} to {high:.0%})"


def machine():
    names = [it.split(":")[1].strip() for it in pathlib.Path("/proc/cpuinfo").read_text().splitlines() if it.startswith("model name")]
    return f"{os.cpu_count()} cores ({names[0] if names else 'unknown'})"


def markdown(figures):
    parts = [
        f"{datetime.date.today()}, commit {figures.commit}, PostgreSQL {figures.postgresql.split()[0]}, {machine()}.\n",
        "### Rates, beside what limits them\n",
        table(
            ["what", "limit", "per second", "limit per second", "share: median (spread)", "server CPU each"],
            ["---", "---", "---:", "---:", "---:", "---:"],
            [
                [
                    row.name,
                    row.reference,
                    f"{statistics.median(row.rates):,.0f}",
                    f"{statistics.median(row.limits):,.0f}",
                    share_text(row),
                    f"{statistics.median(row.cpu) * 1e6:,.0f} µs",
                ]
                for row in figures.rows
            ],
        ),
        "### Latency at 50 requests per second\n",
        table(
            ["what", "p50", "p90", "p99", "p99 wanted"],
            ["---", "---:", "---:", "---:", "---:"],
            [
                [name, *(f"{it[key]:.1f} ms" for key in ("p50", "p90", "p99")), f"{most} ms"]
                for name, it, most in figures.latencies
            ],
        ),
        "While logins keep every core busy, `GET /users/me` at 200 requests per second takes "
        f"{figures.beside_sign_ins['p50']:.1f} ms (p50) and {figures.beside_sign_ins['p99']:.1f} ms (p99).\n",
        "### Growth\n",
        table(
            ["server CPU each", *(f"{size:,} accounts" for size, _ in figures.growth)],
            ["---", *("---:" for _ in figures.growth)],
            [
                [name, *(f"{statistics.median(work[name].cpu) * 1e6:,.0f} µs" for _, work in figures.growth)]
                for name in figures.growth[0][1]
            ],
        ),
        "### Memory, start and size\n",
        table(
            ["what", "figure"],
            ["---", "---:"],
            [[f"memory (PSS), {what}", f"{mib:.1f} MiB"] for what, mib in figures.memory]
            + [[f"ready after the start, {what}", f"{seconds * 1000:.0f} ms"] for what, seconds in figures.ready]
            + [["binary", f"{figures.binary_bytes / 2**20:.1f} MiB"]],
        ),
    ]
    if figures.peers:
        parts += ["### Peers\n", peer_table(figures)]
    return "\n".join(parts)


def own_work(figures):
    """The same three kinds of work as peers do: rate and CPU."""
    names = {"live": "`GET /health/live`", "own user": "`GET /users/me`, web", "login": "login, web"}
    by_name = {row.name: row for row in figures.rows}
    return {kind: (statistics.median(by_name[it].rates), statistics.median(by_name[it].cpu)) for kind, it in names.items()}


def peer_table(figures):
    ours = own_work(figures)
    lines = [["Latchkey", *(f"{rate:,.0f}, {cpu * 1e6:,.0f} µs" for rate, cpu in ours.values()), ""]]
    for name, work, mib in figures.peers:
        cells = [
            f"{rate:,.0f}, {cpu * 1e6:,.0f} µs ({cpu / ours[kind][1]:.1f} ×)" for kind, (rate, cpu) in work.items()
        ]
        lines.append([name, *cells, f"{mib:.0f} MiB"])
    return table(
        ["per second, server CPU each", "live", "own user", "login", "memory after the load"],
        ["---", "---:", "---:", "---:", "---:"],
        lines,
    )


def write(docs, text, figures):
    page = docs / "PERFORMANCE.md"
    before, _, rest = page.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    page.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}")
    charts(docs / "charts", figures)


def charts(folder, figures):
    # Only for charts: a run that does not write needs none of it.
    import matplotlib

    matplotlib.use("svg")
    # The same bytes for the same figures, and text that stays text.
    matplotlib.rcParams.update({"svg.hashsalt": "latchkey", "svg.fonttype": "none", "font.family": "sans-serif"})
    from matplotlib import pyplot

    folder.mkdir(exist_ok=True)

    def save(name):
        pyplot.tight_layout()
        pyplot.savefig(folder / f"{name}.svg", metadata={"Date": None})
        pyplot.close()

    names = [row.name.replace("`", "") for row in figures.rows][::-1]
    shares = [100 * statistics.median(row.shares) for row in figures.rows][::-1]
    pyplot.figure(figsize=(8, 0.4 * len(names) + 1))
    pyplot.barh(names, shares, color="#2f6f5b")
    pyplot.axvline(100, color="#888888", linewidth=1)
    pyplot.xlabel("share of what limits it, %")
    save("shares")

    pyplot.figure(figsize=(8, 4))
    sizes = [size for size, _ in figures.growth]
    for name in figures.growth[0][1]:
        cpu = [statistics.median(work[name].cpu) * 1e6 for _, work in figures.growth]
        pyplot.plot(sizes, cpu, marker="o", label=name.replace("`", ""))
    pyplot.xscale("log")
    pyplot.yscale("log")
    pyplot.xlabel("accounts")
    pyplot.ylabel("server CPU each, µs")
    pyplot.legend(fontsize=7)
    save("growth")
