export interface Line {
  readonly name: string;
  readonly points: readonly { readonly x: number; readonly y: number }[];
}

const WIDTH = 860;
const HEIGHT = 480;
const FRAME = { left: 70, right: 360, top: 50, bottom: 60 } as const;
/** Told apart by those who do not tell red from green, too (Okabe and Ito). */
const COLOURS = ['#999999', '#0072b2', '#e69f00', '#009e73', '#cc79a7', '#56b4e9', '#d55e00', '#000000', '#6a3d9a'];

/** A log-log picture of lines, as SVG, each named with how much it grew from its first point to its last. */
export function growthPicture(lines: readonly Line[], names: { readonly title: string; readonly x: string; readonly y: string }): string {
  const points = lines.flatMap((line) => line.points);
  const across = scale(points.map(({ x }) => x), FRAME.left, WIDTH - FRAME.right);
  const up = scale(points.map(({ y }) => y), HEIGHT - FRAME.bottom, FRAME.top);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="white"/>`,
    `<text x="${FRAME.left}" y="28" font-size="16">${names.title}</text>`,
    ...across.ticks.flatMap((value) => [rule(across.at(value), FRAME.top, across.at(value), HEIGHT - FRAME.bottom), label(across.at(value), HEIGHT - FRAME.bottom + 18, 'middle', value.toLocaleString('en'))]),
    ...up.ticks.flatMap((value) => [rule(FRAME.left, up.at(value), WIDTH - FRAME.right, up.at(value)), label(FRAME.left - 8, up.at(value) + 4, 'end', String(value))]),
    label((FRAME.left + WIDTH - FRAME.right) / 2, HEIGHT - 16, 'middle', names.x),
    label(FRAME.left, FRAME.top - 8, 'start', names.y),
    ...lines.flatMap((line, index) => drawn(line, COLOURS[index % COLOURS.length] ?? 'black', index, across.at, up.at)),
    '</svg>', '',
  ].join('\n');
}

/** Whole decades around the values, laid out from `start` to `end` by their logarithms. */
function scale(values: readonly number[], start: number, end: number): { at: (value: number) => number; ticks: number[] } {
  const low = Math.floor(Math.log10(Math.min(...values)));
  const high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(...values))));
  const at = (value: number): number => Math.round((start + ((Math.log10(value) - low) / (high - low)) * (end - start)) * 10) / 10;
  return { at, ticks: Array.from({ length: high - low + 1 }, (_, n) => Number((10 ** (low + n)).toPrecision(1))) };
}

function drawn({ name, points }: Line, colour: string, index: number, across: (x: number) => number, up: (y: number) => number): string[] {
  const [first, last] = [points[0], points.at(-1)];
  if (!first || !last) return [];
  const y = FRAME.top + 14 + index * 22;
  const legend = WIDTH - FRAME.right + 20;
  return [
    `<polyline points="${points.map((point) => `${across(point.x)},${up(point.y)}`).join(' ')}" fill="none" stroke="${colour}" stroke-width="2"/>`,
    ...points.map((point) => `<circle cx="${across(point.x)}" cy="${up(point.y)}" r="3.5" fill="${colour}"/>`),
    `<circle cx="${legend}" cy="${y - 4}" r="5" fill="${colour}"/>`,
    label(legend + 12, y, 'start', `${name}: × ${(last.y / first.y).toFixed(2)}`),
  ];
}

const rule = (x1: number, y1: number, x2: number, y2: number): string => `<line x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}" stroke="#dddddd"/>`;
const label = (x: number, y: number, anchor: 'start' | 'middle' | 'end', text: string): string => `<text x="${x}" y="${y}" text-anchor="${anchor}">${text}</text>`;
