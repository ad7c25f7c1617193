/** A remittance as large as one wants: segments that say nothing of the money (RDM) stand between its header and its payer. */
const PADDING = `RDM*OL*${'PEBBLE CREEK CLINIC '.repeat(4).trim()}*REMITTANCES~\n`;

/** At least `bytes` long, with the count of segments (SE01) that it then has. */
export function padded(file: string, bytes: number): Buffer {
  const count = Math.ceil((bytes - file.length) / PADDING.length);
  const [header = '', rest = ''] = file.split(/(?=N1\*PR)/, 2);
  const counted = rest.replace(/SE\*(\d+)/, (_se, segments: string) => `SE*${Number(segments) + count}`);
  return Buffer.concat([Buffer.from(header), Buffer.alloc(count * PADDING.length, PADDING), Buffer.from(counted)]);
}
