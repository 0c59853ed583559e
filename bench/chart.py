"""A bar chart of the results, as SVG: one panel per measure, one bar per system, its spread as a whisker."""

from html import escape
from pathlib import Path

from report import Measure, Results, number

WIDTH = 960
COLUMNS = 2
MARGIN = 24
PANEL_GAP = 28
TITLE_HEIGHT = 22
BAR_HEIGHT = 16
BAR_GAP = 5
LABEL_WIDTH = 76
VALUE_WIDTH = 96
HEAD_HEIGHT = 76

INK, MUTED, PEER, SUBJECT = "#1f2933", "#616e7c", "#b8c2cc", "#0b7285"


def write(results: Results, path: Path, title: str, subtitles: list[str]) -> None:
    """Draws all measures of `results`."""
    panels = results.taken()
    panel_width = (WIDTH - 2 * MARGIN - (COLUMNS - 1) * PANEL_GAP) / COLUMNS
    parts: list[str] = []
    top = HEAD_HEIGHT + MARGIN
    for row in range(0, len(panels), COLUMNS):
        line = panels[row:row + COLUMNS]
        for column, measure in enumerate(line):
            parts += _panel(measure, results.subject, MARGIN + column * (panel_width + PANEL_GAP), top, panel_width)
        top += max(_height(measure) for measure in line) + PANEL_GAP
    head = [
        _text(MARGIN, MARGIN + 12, title, size=18, weight="600"),
        *(_text(MARGIN, MARGIN + 34 + 18 * index, line, fill=MUTED) for index, line in enumerate(subtitles)),
    ]
    path.write_text("\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {top:.0f}" width="{WIDTH}" height="{top:.0f}" '
        'font-family="system-ui, sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{top:.0f}" fill="#ffffff"/>',
        *head, *parts, "</svg>", "",
    ]))


def _height(measure: Measure) -> float:
    return TITLE_HEIGHT + len(measure.samples) * (BAR_HEIGHT + BAR_GAP)


def _panel(measure: Measure, subject: str, left: float, top: float, width: float) -> list[str]:
    parts = [
        _text(left, top + 12, measure.title, weight="600"),
        _text(left + width, top + 12, f"{measure.unit}, {measure.better} is better", fill=MUTED, anchor="end"),
    ]
    scale = (width - LABEL_WIDTH - VALUE_WIDTH) / (max(measure.spread(name)[1] for name in measure.samples) or 1)
    start = left + LABEL_WIDTH
    for index, name in enumerate(measure.samples):
        y = top + TITLE_HEIGHT + index * (BAR_HEIGHT + BAR_GAP)
        middle = y + BAR_HEIGHT / 2
        median, (low, high) = measure.median(name), measure.spread(name)
        fill = SUBJECT if name == subject else PEER
        weight = "600" if name == subject else "400"
        parts += [
            _text(start - 8, middle + 4, name, anchor="end", weight=weight),
            f'<rect x="{start:.1f}" y="{y:.1f}" width="{max(1.0, median * scale):.1f}" height="{BAR_HEIGHT}" rx="2" fill="{fill}"/>',
        ]
        if high > low:
            parts.append(
                f'<path d="M{start + low * scale:.1f} {middle:.1f}H{start + high * scale:.1f}" stroke="{INK}" stroke-width="1.5"/>'
            )
        parts.append(_text(start + max(median, high) * scale + 6, middle + 4, number(median), weight=weight))
    return parts


def _text(
    x: float, y: float, text: str, *, fill: str = INK, anchor: str = "start", weight: str = "400", size: int = 12
) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" fill="{fill}" text-anchor="{anchor}" font-weight="{weight}" '
        f'font-size="{size}">{escape(text)}</text>'
    )
