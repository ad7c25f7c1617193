/** Claims as X12 837 files in the folder that a clearinghouse collects them from. */
import { access, mkdir, mkdtemp, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { claimSet } from '../claim-file/export.js';
import { EDI_X12 } from '../../fhir/interactions/body.js';
import { batchOf, batchWith, collectedUntil, freeControl, isLeft, noted, recordId, type Batch } from './batch.js';
import type { Channel, Content, Delivery } from './channel.js';

/** Where claims are left for a clearinghouse, and how long they are collected into one file. */
export interface ClaimFolder {
  readonly folder: string;
  /** Milliseconds; 0: nothing waits, and what waits already goes along. */
  readonly windowMs: number;
}

/**
 * The claims to one receiver are one file, each in a transaction set of its own, so that each is accepted or rejected by
 * itself. A file appears whole (written beside, then renamed) and once: what a crash cut is taken up where it was, also when
 * the clearinghouse has collected the file meanwhile. The folder answers nothing: acknowledgements and remittances do.
 */
export const dropFolder = ({ folder, windowMs }: ClaimFolder): Channel => ({
  connectionType: 'x12-drop-folder',
  callsAddress: false,
  isPaper: false,
  async write({ claim, resources, store, key, timestamp }) {
    const control = await freeControl(key, store);
    return { contentType: EDI_X12, body: Buffer.from(await claimSet(claim, resources, store, { control, written: timestamp })), id: recordId(control) };
  },
  async deliver(sent, _destination, { store, now }) {
    const batch = await batchWith(sent, { store, now, windowMs });
    if (!batch) return { kind: 'waits', state: 'Waits for the next file to the clearinghouse', until: collectedUntil(sent.document, windowMs) };
    if (isLeft(batch)) return left(batch);
    try {
      await drop(folder, nameOf(batch), batch.body);
    } catch (error) {
      return { kind: 'unreachable', why: `The folder of the clearinghouse (COBALT_837_DIR) can't be written: ${codeOf(error)}` };
    }
    await noted(batch, store);
    return left(batch);
  },
  async ask({ document }, _destination, { store }) {
    const batch = await batchOf(document, store);
    if (!batch) return { kind: 'unreachable', why: 'The record of the file that the claim was in is not there any more' };
    if (isLeft(batch)) await rm(pathsOf(folder, nameOf(batch)).begun, { recursive: true, force: true });
    return left(batch);
  },
});

interface Paths {
  /** Beside the files to be collected, on the same disk. */
  readonly beside: string;
  /** Stands, never empty, once the file was written: what is not in it any more was left. */
  readonly begun: string;
  /** In `begun`: whole, and not left yet. */
  readonly ready: string;
  readonly file: string;
}

function pathsOf(folder: string, name: string): Paths {
  const beside = join(folder, '.cobalt');
  const begun = join(beside, `${name}.begun`);
  return { beside, begun, ready: join(begun, name), file: join(folder, name) };
}

/**
 * Leaves a file once, whoever else does so at the same moment: it is written in a folder of its own, which gets its name
 * only where nobody was faster (a folder is never renamed onto one that holds something); then it is moved out of it.
 */
async function drop(folder: string, name: string, body: Uint8Array): Promise<void> {
  const { beside, begun, ready, file } = pathsOf(folder, name);
  if (!(await exists(begun))) {
    await mkdir(beside, { recursive: true });
    const own = await mkdtemp(join(beside, `${name}.`));
    await writeDurably(join(own, name), body);
    await writeDurably(join(own, 'begun'), Buffer.alloc(0));
    await rename(own, begun).catch(async (error: unknown) => {
      await rm(own, { recursive: true, force: true });
      if (!(await exists(begun))) throw error;
    });
  }
  await rename(ready, file).catch((error: unknown) => {
    if (codeOf(error) !== 'ENOENT') throw error;
  });
}

async function writeDurably(path: string, body: Uint8Array): Promise<void> {
  const handle = await open(path, 'w');
  try {
    await handle.writeFile(body);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

const exists = (path: string): Promise<boolean> => access(path).then(() => true, () => false);
const nameOf = ({ document }: Batch): string => `claims-${(document.id ?? '').replace(/^x12-/, '')}.837`;
const codeOf = (error: unknown): string => String((error as { code?: unknown }).code);

function left(batch: Batch): Delivery {
  const content: Content = { contentType: 'text/plain', body: Buffer.from(`Left for the clearinghouse as ${nameOf(batch)}`) };
  return { kind: 'answered', content, responses: [] };
}
